import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { digest } from '#core/oauth/random.ts'
import { testClock } from '#test/support/clock.ts'
import { describeEach } from './implementations.ts'
import { aFamily, aRevocable, aSession, here } from './samples.ts'

const rules = { idle: 1000, grace: 30 }
const secret = digest('secret')

describeEach('a family that the store has lost', (open) => {
  async function opened() {
    const clock = testClock()
    const { families, revocations } = await open({ clock, sessionIdle: 600 })
    const family = aFamily(clock.now())
    const rotate = (generation: number, from = 'here', macKid = family.macKid) =>
      families.rotate({ familyId: family.id, generation, macKid, from }, undefined, rules)
    const recover = (generation: number, rotatedAt = clock.now()) => families.recover({ family, generation, rotatedAt })
    const isMarked = () => revocations.has(aRevocable({ familyId: family.id }))
    return { clock, families, family, rotate, recover, isMarked }
  }

  test('comes back as it was, once', async () => {
    const { clock, families, family, rotate, recover } = await opened()
    const rotatedAt = later(clock.now(), -100)
    expect(await families.find(family.id)).toBe('lost')
    expect(await recover(7, rotatedAt)).toBe('recovered')
    expect(await families.find(family.id)).toEqual({ family, generation: 7, rotatedAt })
    expect(await recover(9)).toBe('known')
    expect(await families.find(family.id)).toEqual({ family, generation: 7, rotatedAt })
    expect(await rotate(7)).toEqual({ outcome: 'rotated', family, generation: 8 })
    expect(await recover(9)).toBe('known')
    expect(await rotate(8)).toEqual({ outcome: 'rotated', family, generation: 9 })
  })

  test('of 50 who bring it back at once one does', async () => {
    const { recover, rotate } = await opened()
    const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => recover(at + 1)))
    expect(answers.filter((answer) => answer === 'recovered')).toHaveLength(1)
    expect(await recover(1)).toBe('known')
    expect(['rotated', 'reused']).toContain((await rotate(1)).outcome)
  })

  test('takes the generation before for a repetition in the window, and from nowhere else', async () => {
    const { clock, family, rotate, recover, isMarked } = await opened()
    await recover(7, later(clock.now(), -20))
    expect(await rotate(6, 'there')).toEqual({ outcome: 'repeated', family, generation: 7, elsewhere: false })
    clock.move(10)
    expect(await rotate(6)).toEqual({ outcome: 'reused', family })
    expect(await isMarked()).toBe(true)
  })

  test.for([5, 8])('takes generation %i for a theft', async (generation) => {
    const { family, rotate, recover, isMarked } = await opened()
    await recover(7)
    expect(await rotate(generation)).toEqual({ outcome: 'reused', family })
    expect(await isMarked()).toBe(true)
    expect(await recover(9)).toBe('known')
    expect(await rotate(9)).toEqual({ outcome: 'refused' })
  })

  test('is refused under another key, and where it was idle too long', async () => {
    const { clock, rotate, recover, isMarked } = await opened()
    await recover(7, later(clock.now(), -990))
    expect(await rotate(7, 'here', 'mac-0')).toEqual({ outcome: 'refused' })
    clock.move(15)
    expect(await rotate(7)).toEqual({ outcome: 'refused' })
    expect(await isMarked()).toBe(false)
  })

  test('does not come back where it was ended, or lives', async () => {
    const { families, family, rotate, recover } = await opened()
    await families.revoke(family.id, family.expiresAt)
    expect(await recover(1)).toBe('known')
    expect(await families.find(family.id)).toBeUndefined()
    expect(await rotate(1)).toEqual({ outcome: 'refused' })

    const living = aFamily(family.createdAt)
    await families.begin(living)
    expect(await families.recover({ family: living, generation: 5, rotatedAt: living.createdAt })).toBe('known')
    expect(here(await families.find(living.id)).generation).toBe(1)
  })

  test('ends for good while it is brought back', async () => {
    const { families, family, rotate, recover } = await opened()
    const attempts = Array.from({ length: 20 }, () => recover(3))
    await Promise.all([...attempts, families.revoke(family.id, family.expiresAt), recover(3)])
    expect(await families.find(family.id)).toBeUndefined()
    expect(await rotate(3)).toEqual({ outcome: 'refused' })
  })

  test('cannot begin again once it is back', async () => {
    const { families, family, recover } = await opened()
    await recover(3)
    expect(await families.begin(family)).toBe('ended')
    expect(here(await families.find(family.id)).generation).toBe(3)
  })
})

describeEach('a session that the store has lost', (open) => {
  async function opened() {
    const clock = testClock()
    const { sessions } = await open({ clock, sessionIdle: 600 })
    const session = aSession(clock.now())
    return { clock, sessions, session, id: session.id }
  }

  test('comes back under its secret, once', async () => {
    const { sessions, session, id } = await opened()
    expect(await sessions.find(id, secret)).toBe('lost')
    expect(await sessions.recover(session, secret)).toBe('recovered')
    expect(await sessions.recover({ ...session, amr: ['hwk'] }, digest('other'))).toBe('known')
    expect(await sessions.find(id, secret)).toEqual(session)
    expect(await sessions.find(id, digest('other'))).toBeUndefined()
  })

  test('is idle from its last use that is known', async () => {
    const { clock, sessions, session, id } = await opened()
    await sessions.recover({ ...session, lastUsedAt: later(clock.now(), -590) }, secret)
    expect(here(await sessions.find(id, secret)).userId).toBe(session.userId)
    const other = { ...session, id: `${id}-2`, lastUsedAt: later(clock.now(), -601) }
    await sessions.recover(other, secret)
    expect(await sessions.find(other.id, secret)).toBeUndefined()
  })

  test('does not come back where it was ended, or lives', async () => {
    const { clock, sessions, session, id } = await opened()
    await sessions.end(id, session.expiresAt)
    expect(await sessions.recover(session, secret)).toBe('known')
    expect(await sessions.find(id, secret)).toBeUndefined()

    const living = aSession(clock.now())
    await sessions.begin(living, secret)
    expect(await sessions.recover(living, digest('old'))).toBe('known')
    expect(await sessions.find(living.id, digest('old'))).toBeUndefined()
  })

  test('ends for good while it is brought back', async () => {
    const { sessions, session, id } = await opened()
    const attempts = Array.from({ length: 20 }, () => sessions.recover(session, secret))
    await Promise.all([...attempts, sessions.end(id, session.expiresAt), sessions.recover(session, secret)])
    expect(await sessions.find(id, secret)).toBeUndefined()
  })
})
