import { expect, test } from 'vitest'
import { testClock } from '#test/support/clock.ts'
import { describeEach } from './implementations.ts'
import { aFamily } from './samples.ts'

const rules = { idle: 1000, grace: 30 }

describeEach('a repetition that had no answer', (open) => {
  async function begun() {
    const clock = testClock()
    const { families } = await open({ clock, sessionIdle: 600 })
    const family = aFamily(clock.now())
    await families.begin(family)
    const presented = (generation: number, from: string) => ({
      familyId: family.id,
      generation,
      macKid: family.macKid,
      from,
    })
    const rotate = (generation: number, from = 'here') => families.rotate(presented(generation, from), undefined, rules)
    const excuse = (generation: number, from = 'here') => families.excuse(presented(generation, from), rules)
    return { clock, families, family, rotate, excuse }
  }

  test('a repetition that we could not answer may be asked again for five minutes, by the one who asked', async () => {
    const { clock, families, family, rotate, excuse } = await begun()
    await rotate(1, 'here')
    clock.move(25)
    await excuse(1, 'here')
    for (const _ of ['once', 'and again']) {
      clock.move(295)
      expect(await rotate(1, 'here')).toEqual({ outcome: 'repeated', family, generation: 2, elsewhere: false })
      await excuse(1, 'here')
    }
    expect(await families.find(family.id)).toEqual({ family, generation: 2, rotatedAt: expect.any(Date) })
    clock.move(300)
    expect(await rotate(1, 'here')).toEqual({ outcome: 'reused', family })
  })

  test('nobody else may, and the first who was excused stays the one', async () => {
    const { clock, family, rotate, excuse } = await begun()
    await rotate(1, 'here')
    await excuse(1, 'there')
    await excuse(1, 'here')
    clock.move(30)
    expect(await rotate(1, 'there')).toEqual({ outcome: 'repeated', family, generation: 2, elsewhere: true })
    expect(await rotate(1, 'here')).toEqual({ outcome: 'reused', family })
  })

  test.for([
    ['the live one', 2],
    ['the last but one', 0],
    ['one that never was', 3],
  ] as const)('%s needs no excuse, and gets none', async ([, generation]) => {
    const { clock, family, rotate, excuse } = await begun()
    await rotate(1)
    await excuse(generation)
    clock.move(30)
    expect(await rotate(1)).toEqual({ outcome: 'reused', family })
  })

  test('no excuse for what comes too late, is under another key, or was followed by a rotation', async () => {
    for (const spoil of ['late', 'key', 'rotation'] as const) {
      const { clock, families, family, rotate, excuse } = await begun()
      await rotate(1)
      if (spoil === 'late') clock.move(30)
      if (spoil === 'key')
        await families.excuse({ familyId: family.id, generation: 1, macKid: 'mac-0', from: 'here' }, rules)
      else await excuse(1)
      if (spoil === 'rotation') await rotate(2)
      else clock.move(30)
      expect(await rotate(1), spoil).toEqual({ outcome: 'reused', family })
      await excuse(1)
      expect(await rotate(2), spoil).toEqual({ outcome: 'refused' })
    }
  })

  test('an excuse says nothing of a family that is not here', async () => {
    const { families } = await begun()
    const presented = { familyId: 'unknown', generation: 1, macKid: 'mac-1', from: 'here' }
    await families.excuse(presented, rules)
    expect(await families.find('unknown')).toBe('lost')
  })
})
