import { pino } from 'pino'
import { expect, test } from 'vitest'
import { KeyFault } from '#core/keys/key-fault.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { openDependencies } from '#idp/dependencies.ts'
import { mayPass } from '#idp/start-failure.ts'
import { untilUp } from '#idp/until-up.ts'

const logger = pino({ level: 'silent' })

function away(code: string, message = 'as the driver says it'): Unavailable {
  return new Unavailable('a store cannot answer', { cause: Object.assign(new Error(message), { code }) })
}

test.each(['ECONNREFUSED', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', '57P03', '57P01', '53300', '25006', '08006'])(
  'a start that failed by %s may succeed later',
  (code) => expect(mayPass(away(code))).toBe(true),
)

test.each([
  '28P01',
  '28000',
  '3D000',
  '42501',
  '42P01',
  'SQLITE_CANTOPEN',
  'EACCES',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
])('a start that failed by %s waits for a person', (code) => expect(mayPass(away(code))).toBe(false))

test('what Redis refuses for good is known by its words, however deep', () => {
  const refusal = new Error('WRONGPASS invalid username-password pair or user is disabled.')
  expect(mayPass(new Unavailable('no', { cause: new AggregateError([refusal]) }))).toBe(false)
  expect(mayPass(new Unavailable('no', { cause: new Error('LOADING Redis is loading the dataset in memory') }))).toBe(
    true,
  )
})

test('what is no failure of a store does not pass', () => {
  expect(mayPass(new KeyFault('lost', 'the ring is gone'))).toBe(false)
  expect(mayPass(new TypeError('ours'))).toBe(false)
})

test('a start is tried again until it works, and not at all where it cannot', async () => {
  const { signal } = new AbortController()
  let attempts = 0
  const works = async () => {
    attempts += 1
    if (attempts < 3) throw away('ECONNREFUSED')
    return 'up'
  }
  expect(await untilUp(works, { logger, signal })).toBe('up')
  expect(attempts).toBe(3)
  const wrong = () => Promise.reject(away('28P01'))
  await expect(untilUp(wrong, { logger, signal })).rejects.toBeInstanceOf(Unavailable)
})

test('nobody waits for an attempt that hangs when the process is told to stop', async () => {
  const stopping = new AbortController()
  const starting = untilUp(() => new Promise(() => {}), { logger, signal: stopping.signal })
  stopping.abort()
  await expect(starting).rejects.toBe(stopping.signal.reason)
})

test('readiness names what could not be reached, until the stores are open and asked themselves', async () => {
  const { checks, reach, use } = openDependencies()
  const passes = async () => {
    const settled = await Promise.allSettled([checks.database?.(), checks.store?.()])
    return settled.map(({ status }) => status === 'fulfilled')
  }
  expect(await passes()).toEqual([true, true])
  await expect(reach('database', () => Promise.reject(away('ECONNREFUSED')))).rejects.toThrow()
  expect(await passes()).toEqual([false, true])
  await reach('database', async () => {})
  await expect(reach('store', () => Promise.reject(away('ECONNREFUSED')))).rejects.toThrow()
  expect(await passes()).toEqual([true, false])
  use({ checkDurable: () => Promise.reject(new Error('away')), checkFast: async () => {} })
  expect(await passes()).toEqual([false, true])
})
