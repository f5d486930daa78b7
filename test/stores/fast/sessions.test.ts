import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { digest } from '#core/oauth/random.ts'
import { testClock } from '#test/support/clock.ts'
import { describeEach } from './implementations.ts'
import { aRevocable, aSession, here } from './samples.ts'

const secret = digest('secret')
const nextSecret = digest('next')

describeEach('sessions', (open) => {
  async function begun(changes = {}) {
    const clock = testClock()
    const { sessions, revocations } = await open({ clock, sessionIdle: 600 })
    const session = aSession(clock.now(), changes)
    await sessions.begin(session, secret)
    const isMarked = () => revocations.has(aRevocable({ sessionId: session.id }))
    return { clock, sessions, session, id: session.id, isMarked }
  }

  test('a session is found by its secret only', async () => {
    const { sessions, session, id } = await begun()
    expect(await sessions.find(id, secret)).toEqual(session)
    expect(await sessions.find(id, nextSecret)).toBeUndefined()
    expect(await sessions.find(id, '')).toBeUndefined()
    expect(await sessions.find('unknown', secret)).toBe('lost')
  })

  test('its use is noted once a minute', async () => {
    const { clock, sessions, session, id } = await begun()
    clock.move(55)
    expect(here(await sessions.find(id, secret)).lastUsedAt).toEqual(session.lastUsedAt)
    clock.move(5)
    const noted = here(await sessions.find(id, secret)).lastUsedAt
    expect(noted.getTime()).toBeGreaterThanOrEqual(later(session.lastUsedAt, 60).getTime())
    clock.move(55)
    expect(here(await sessions.find(id, secret)).lastUsedAt).toEqual(noted)
  })

  test('a session that is used lives on, one that is not is gone', async () => {
    const { clock, sessions, id } = await begun()
    clock.move(595)
    expect(await sessions.find(id, secret)).toBeDefined()
    clock.move(595)
    expect(await sessions.find(id, secret)).toBeDefined()
    clock.move(600)
    expect(await sessions.find(id, secret)).toBeUndefined()
    expect(await sessions.rotate(id, renewal(clock.now()))).toBe('refused')
  })

  test('a wrong secret is no use', async () => {
    const { clock, sessions, id } = await begun()
    clock.move(500)
    await sessions.find(id, nextSecret)
    clock.move(100)
    expect(await sessions.find(id, secret)).toBeUndefined()
  })

  test('no use moves the absolute end', async () => {
    const { clock, sessions, id } = await begun({ expiresAt: later(new Date(), 900) })
    clock.move(500)
    expect(await sessions.find(id, secret)).toBeDefined()
    clock.move(390)
    expect(await sessions.find(id, secret)).toBeDefined()
    clock.move(10)
    expect(await sessions.find(id, secret)).toBe('lost')
  })

  function renewal(authTime: Date) {
    return { secretHash: secret, nextSecretHash: nextSecret, authTime, amr: ['hwk'] }
  }

  test('signing in again kills the old secret at once, and is a use', async () => {
    const { clock, sessions, session, id } = await begun()
    clock.move(30)
    const authTime = clock.now()
    expect(await sessions.rotate(id, renewal(authTime))).toBe('rotated')
    expect(await sessions.find(id, secret)).toBeUndefined()
    const found = here(await sessions.find(id, nextSecret))
    expect(found).toEqual({ ...session, authTime, amr: ['hwk'], lastUsedAt: found.lastUsedAt })
    expect(found.lastUsedAt.getTime()).toBeGreaterThanOrEqual(authTime.getTime())
    expect(await sessions.rotate(id, renewal(authTime))).toBe('refused')
  })

  test('an empty list of methods stays one', async () => {
    const { clock, sessions, id } = await begun()
    expect(await sessions.rotate(id, { ...renewal(clock.now()), amr: [] })).toBe('rotated')
    expect(here(await sessions.find(id, nextSecret)).amr).toEqual([])
  })

  test('of 50 renewals of one secret one succeeds', async () => {
    const { clock, sessions, id } = await begun()
    const answers = await Promise.all(Array.from({ length: 50 }, () => sessions.rotate(id, renewal(clock.now()))))
    expect(answers.filter((answer) => answer === 'rotated')).toHaveLength(1)
  })

  test('an ended session is gone and marked until its end would have come', async () => {
    const { clock, sessions, session, id, isMarked } = await begun()
    expect(await isMarked()).toBe(false)
    await sessions.end(id, session.expiresAt)
    await sessions.end(id, later(session.expiresAt, -3600))
    expect(await sessions.find(id, secret)).toBeUndefined()
    expect(await sessions.rotate(id, renewal(clock.now()))).toBe('refused')
    clock.move(10 * 3600 - 5)
    expect(await isMarked()).toBe(true)
    clock.move(5)
    expect(await isMarked()).toBe(false)
  })

  test('an end before the beginning holds', async () => {
    const { clock, sessions, isMarked } = await begun()
    const session = aSession(clock.now())
    await sessions.end(session.id, session.expiresAt)
    await sessions.begin(session, secret)
    expect(await sessions.find(session.id, secret)).toBeUndefined()
    expect(await isMarked()).toBe(false)
  })

  test('a use that races the end never revives it', async () => {
    const { clock, sessions, session, id } = await begun()
    clock.move(120)
    const uses = Array.from({ length: 20 }, () => sessions.find(id, secret))
    await Promise.all([...uses, sessions.end(id, session.expiresAt), sessions.rotate(id, renewal(clock.now()))])
    expect(await sessions.find(id, secret)).toBeUndefined()
    expect(await sessions.find(id, nextSecret)).toBeUndefined()
  })
})
