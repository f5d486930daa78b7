import { describe, expect, test } from 'vitest'
import { type Guess, guessLimits, networkOf } from '#core/users/guess-limits.ts'

const settings = { perPair: 10, perAddress: 100, perAccount: 100, window: 600 }
const guess: Guess = { name: 'alice', sub: 'usr_1', address: '192.0.2.1', knownDevice: undefined }
const keysOf = (changes: Partial<Guess>) => guessLimits({ ...guess, ...changes }, settings).map((limit) => limit.key)

describe('the counters of a guess', () => {
  test('a stranger is counted by pair, by address and by account, in this order', () => {
    expect(keysOf({}).map((key) => key.split(':')[0])).toEqual(['pair', 'pair-day', 'address', 'account'])
  })

  test('a browser that signed in before has a counter of its own and shares none with strangers', () => {
    const own = keysOf({ knownDevice: 'device-1' })
    expect(own.map((key) => key.split(':')[0])).toEqual(['device', 'device-day'])
    const others = [...keysOf({}), ...keysOf({ knownDevice: 'device-2' })]
    expect(own.filter((key) => others.includes(key))).toEqual([])
  })

  test('the name and the address of one account share its daily limits', () => {
    const [, pairDay, , account] = keysOf({})
    expect(keysOf({ name: 'alice@example.com' })).toEqual(expect.arrayContaining([pairDay, account]))
  })

  test('one address cannot use up the daily limit of an account', () => {
    const [, pairDay, , account] = guessLimits(guess, settings)
    expect(pairDay).toMatchObject({ most: 50, window: 86_400 })
    expect(account?.most).toBeGreaterThan(pairDay?.most ?? Number.POSITIVE_INFINITY)
  })

  test('the daily limit of an account is within NIST SP 800-63B §3.2.2', () => {
    const account = guessLimits(guess, settings)[3]
    expect(account).toMatchObject({ most: 100, window: 86_400 })
  })

  test('no key holds a name or an address in clear', () => {
    expect(keysOf({}).join(' ')).not.toMatch(/alice|192\.0\.2\.1|usr_1/)
  })
})

describe('the network of an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('%s → %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})
