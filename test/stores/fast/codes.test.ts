import { expect, test } from 'vitest'
import { testClock } from '#test/support/clock.ts'
import { describeEach } from './implementations.ts'
import { aCode } from './samples.ts'

describeEach('authorization codes', (open) => {
  async function put(changes = {}) {
    const clock = testClock()
    const { codes } = await open({ clock, sessionIdle: 600, refreshLife: 1_000_000 })
    const code = aCode(clock.now(), changes)
    const hash = code.familyId.replace('family', 'code')
    await codes.put(hash, code)
    return { clock, codes, code, hash }
  }

  test('a code is claimed once, then replayed, and looking changes nothing', async () => {
    const { codes, code, hash } = await put()
    expect(await codes.find(hash)).toEqual({ spent: false, code })
    expect(await codes.find(hash)).toEqual({ spent: false, code })
    expect(await codes.claim(hash)).toEqual({ outcome: 'claimed', code })
    const { clientId, userId, sessionId, familyId } = code
    const remains = { clientId, userId, sessionId, familyId }
    expect(await codes.claim(hash)).toEqual({ outcome: 'replayed', code: remains })
    expect(await codes.find(hash)).toEqual({ spent: true, code: remains })
    expect(await codes.claim(hash)).toEqual({ outcome: 'replayed', code: remains })
  })

  test('an unknown code is refused', async () => {
    const { codes } = await put()
    expect(await codes.claim('unknown')).toEqual({ outcome: 'refused' })
    expect(await codes.find('unknown')).toBeUndefined()
  })

  test('of 100 claims at once one succeeds and 99 see a replay', async () => {
    const { codes, hash } = await put()
    const outcomes = (await Promise.all(Array.from({ length: 100 }, () => codes.claim(hash)))).map((it) => it.outcome)
    expect(outcomes.filter((it) => it === 'claimed')).toHaveLength(1)
    expect(outcomes.filter((it) => it === 'replayed')).toHaveLength(99)
  })

  test('a code that was not spent in time is refused and leaves nothing', async () => {
    const { clock, codes, hash } = await put()
    clock.move(55)
    expect(await codes.find(hash)).toMatchObject({ spent: false })
    clock.move(5)
    expect(await codes.claim(hash)).toEqual({ outcome: 'refused' })
    expect(await codes.find(hash)).toBeUndefined()
  })

  test.for([
    ['its session has ended', ['openid'], 3600],
    ['refresh tokens that outlive the session have ended', ['openid', 'offline_access'], 60 + 1_000_000],
  ] as const)('a spent code is recognised until %s, and a day', async ([, scopes, life]) => {
    const { clock, codes, hash } = await put({ scopes: new Set(scopes) })
    await codes.claim(hash)
    clock.move(life + 86_400 - 5)
    expect(await codes.claim(hash)).toMatchObject({ outcome: 'replayed' })
    clock.move(5)
    expect(await codes.claim(hash)).toEqual({ outcome: 'refused' })
  })
})
