import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import type { Scopes } from '#core/oauth/scope.ts'
import { testClock } from '#test/support/clock.ts'
import { describeEach } from './implementations.ts'
import { aFamily, aRevocable, here } from './samples.ts'

const rules = { idle: 1000, grace: 30 }

describeEach('token families', (open) => {
  async function begun(changes = {}, clock = testClock()) {
    const { families, revocations } = await open({ clock, sessionIdle: 600 })
    const family = aFamily(clock.now(), changes)
    expect(await families.begin(family)).toBe('begun')
    const rotate = (generation: number, from = 'here', wanted?: Scopes) =>
      families.rotate({ familyId: family.id, generation, macKid: family.macKid, from }, wanted, rules)
    const isMarked = () => revocations.has(aRevocable({ familyId: family.id }))
    return { clock, families, family, rotate, isMarked }
  }

  test('a family begins at generation 1 and is found as it is', async () => {
    const { families, family } = await begun()
    expect(await families.find(family.id)).toEqual({ family, generation: 1, rotatedAt: expect.any(Date) })
  })

  test.for(['2001-01-01', '2090-01-01'])('a clock at %s is no trouble', async (start) => {
    const { family, rotate } = await begun({}, testClock(new Date(start)))
    expect(family.createdAt.toISOString()).toContain(start)
    expect(await rotate(1)).toEqual({ outcome: 'rotated', family, generation: 2 })
  })

  test('each rotation makes the next generation live', async () => {
    const { families, family, rotate } = await begun()
    expect(await rotate(1)).toEqual({ outcome: 'rotated', family, generation: 2 })
    expect(await rotate(2)).toEqual({ outcome: 'rotated', family, generation: 3 })
    expect(await families.find(family.id)).toEqual({ family, generation: 3, rotatedAt: expect.any(Date) })
  })

  test('a family says when it was rotated last, by the clock of its store', async () => {
    const clock = testClock()
    const { families, family, rotate } = await begun({}, clock)
    clock.move(100)
    await rotate(1)
    const found = here(await families.find(family.id))
    expect(Math.abs(Number(found.rotatedAt) - Number(clock.now()))).toBeLessThan(50_000)
    expect(Number(found.rotatedAt) - Number(family.createdAt)).toBeGreaterThanOrEqual(99_000)
  })

  test('a repetition inside the window gets the same successor and does not move the window', async () => {
    const { clock, family, rotate, isMarked } = await begun()
    await rotate(1, 'here')
    expect(await rotate(1, 'here')).toEqual({ outcome: 'repeated', family, generation: 2, elsewhere: false })
    expect(await rotate(1, 'there')).toEqual({ outcome: 'repeated', family, generation: 2, elsewhere: true })
    clock.move(25)
    expect(await rotate(1)).toMatchObject({ outcome: 'repeated', generation: 2 })
    expect(await isMarked()).toBe(false)
    clock.move(5)
    expect(await rotate(1)).toEqual({ outcome: 'reused', family })
    expect(await isMarked()).toBe(true)
  })

  test.for([
    ['the last but one, inside the window', 1],
    ['one that never was', 4],
    ['the one before the first', 0],
    ['a negative one', -1],
  ] as const)('%s ends the family', async ([, generation]) => {
    const { families, family, rotate, isMarked } = await begun()
    await rotate(1)
    await rotate(2)
    expect(await rotate(generation)).toEqual({ outcome: 'reused', family })
    expect(await rotate(3)).toEqual({ outcome: 'refused' })
    expect(await families.find(family.id)).toBeUndefined()
    expect(await families.begin(family)).toBe('ended')
    expect(await isMarked()).toBe(true)
  })

  test('generation 0 is not the predecessor of the first', async () => {
    const { family, rotate } = await begun()
    expect(await rotate(0)).toEqual({ outcome: 'reused', family })
  })

  test('a wider scope moves nothing, a narrower one keeps the family as it is', async () => {
    const { families, family, rotate } = await begun()
    expect(await rotate(1, 'here', new Set(['openid', 'admin']))).toEqual({ outcome: 'wider' })
    expect(await rotate(1, 'here', new Set(['api']))).toEqual({ outcome: 'wider' })
    expect(await rotate(9, 'here', new Set(['admin']))).toEqual({ outcome: 'wider' })
    expect(await families.find(family.id)).toEqual({ family, generation: 1, rotatedAt: expect.any(Date) })
    expect(await rotate(1, 'here', new Set(['api:write']))).toEqual({ outcome: 'rotated', family, generation: 2 })
    expect(await rotate(2, 'here', new Set(family.scopes))).toEqual({ outcome: 'rotated', family, generation: 3 })
  })

  test('an unknown family is lost: SQL may know it', async () => {
    const { families } = await begun()
    const presented = { familyId: 'unknown', generation: 1, macKid: 'mac-1', from: '' }
    expect(await families.find('unknown')).toBe('lost')
    expect(await families.rotate(presented, undefined, rules)).toEqual({ outcome: 'lost' })
    expect(await families.rotate(presented, new Set(['admin']), rules)).toEqual({ outcome: 'lost' })
    expect(await families.find('unknown')).toBe('lost')
  })

  test.for([0, 1, 2, 3, 9])(
    'generation %i under another key than the family’s moves and ends nothing',
    async (generation) => {
      const { families, family, rotate, isMarked } = await begun()
      await rotate(1)
      const forged = { familyId: family.id, generation, macKid: 'mac-0', from: 'here' }
      expect(await families.rotate(forged, undefined, rules)).toEqual({ outcome: 'refused' })
      expect(await families.rotate(forged, new Set(['admin']), rules)).toEqual({ outcome: 'refused' })
      expect(await isMarked()).toBe(false)
      expect(await families.find(family.id)).toEqual({ family, generation: 2, rotatedAt: expect.any(Date) })
      expect(await rotate(2)).toEqual({ outcome: 'rotated', family, generation: 3 })
    },
  )

  test('a family that is idle too long is refused and not ended', async () => {
    const { clock, rotate, isMarked } = await begun()
    clock.move(995)
    expect(await rotate(1)).toMatchObject({ outcome: 'rotated' })
    clock.move(995)
    expect(await rotate(2)).toMatchObject({ outcome: 'rotated' })
    clock.move(1000)
    expect(await rotate(3)).toEqual({ outcome: 'refused' })
    expect(await rotate(1)).toEqual({ outcome: 'refused' })
    expect(await rotate(3, 'here', new Set(['admin']))).toEqual({ outcome: 'refused' })
    expect(await isMarked()).toBe(false)
  })

  test('no rotation moves the absolute end', async () => {
    const { clock, families, family, rotate } = await begun({ expiresAt: later(new Date(), 1500) })
    clock.move(900)
    expect(await rotate(1)).toMatchObject({ outcome: 'rotated' })
    clock.move(595)
    expect(await rotate(2)).toMatchObject({ outcome: 'rotated' })
    clock.move(5)
    expect(await rotate(3)).toEqual({ outcome: 'lost' })
    expect(await families.find(family.id)).toBe('lost')
  })

  test('of 100 rotations of one token one rotates and 99 repeat the same generation', async () => {
    const { families, family, rotate } = await begun()
    const answers = await Promise.all(Array.from({ length: 100 }, () => rotate(1)))
    expect(answers.filter(({ outcome }) => outcome === 'rotated')).toEqual([
      { outcome: 'rotated', family, generation: 2 },
    ])
    const repeated = { outcome: 'repeated', family, generation: 2, elsewhere: false }
    expect(answers.filter(({ outcome }) => outcome === 'repeated')).toEqual(Array(99).fill(repeated))
    expect(await families.find(family.id)).toEqual({ family, generation: 2, rotatedAt: expect.any(Date) })
  })

  test('a revoked family is refused, idempotently, and its mark lasts as long as the longest asked for', async () => {
    const { clock, families, family, rotate, isMarked } = await begun({ expiresAt: later(new Date(), 100) })
    await families.revoke(family.id, later(clock.now(), 500))
    await families.revoke(family.id, later(clock.now(), 200))
    expect(await rotate(1)).toEqual({ outcome: 'refused' })
    expect(await families.find(family.id)).toBeUndefined()
    clock.move(495)
    expect(await isMarked()).toBe(true)
    expect(await families.begin(family)).toBe('ended')
    clock.move(5)
    expect(await isMarked()).toBe(false)
  })

  test('a mark never ends before the family would have', async () => {
    const { clock, families, family, isMarked } = await begun({ expiresAt: later(new Date(), 100) })
    await families.revoke(family.id, later(clock.now(), 1))
    clock.move(90)
    expect(await isMarked()).toBe(true)
  })

  test('a reused family stays marked past its end', async () => {
    const { clock, rotate, isMarked } = await begun({ expiresAt: later(new Date(), 100) })
    await rotate(7)
    clock.move(100 + 3600)
    expect(await isMarked()).toBe(true)
    clock.move(24 * 3600)
    expect(await isMarked()).toBe(false)
  })

  test('a family that was marked before its birth is not born', async () => {
    const { clock, families } = await begun()
    const family = aFamily(clock.now())
    await families.revoke(family.id, family.expiresAt)
    expect(await families.begin(family)).toBe('ended')
    expect(await families.find(family.id)).toBeUndefined()
  })

  test('a living family cannot begin again', async () => {
    const { families, family, rotate } = await begun()
    await rotate(1)
    expect(await families.begin(family)).toBe('ended')
    expect(await families.find(family.id)).toEqual({ family, generation: 2, rotatedAt: expect.any(Date) })
  })

  test('a rotation that races a revocation never survives it', async () => {
    const { clock, families, family, rotate } = await begun()
    const rotations = Array.from({ length: 20 }, () => rotate(1))
    const revoked = families.revoke(family.id, family.expiresAt)
    const more = Array.from({ length: 20 }, () => rotate(1))
    await Promise.all([...rotations, revoked, ...more])
    clock.move(1)
    for (const generation of [1, 2, 3]) expect(await rotate(generation)).toEqual({ outcome: 'refused' })
  })
})
