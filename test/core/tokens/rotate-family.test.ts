import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { type LiveFamily, rotateFamily } from '#core/tokens/rotate-family.ts'
import { aFamily } from '#test/stores/fast/samples.ts'

const birth = new Date('2026-01-01T00:00:00.000Z')
const rotatedAt = later(birth, 100)
const family = aFamily(birth, { expiresAt: later(birth, 5000) })
const live: LiveFamily = { family, generation: 3, rotatedAt, from: 'here' }
const rules = { idle: 1000, grace: 30 }

function decide(generation: number, now: Date, wanted?: string[], of: LiveFamily | undefined = live) {
  const presented = { familyId: family.id, generation, macKid: family.macKid, from: 'there' }
  return rotateFamily(of, { presented, wanted: wanted && new Set(wanted), rules }, now)
}

/** The decision at an instant and one millisecond before it. */
test.for([
  ['the window of a repetition', 2, 30, 'repeated', 'reused'],
  ['the idle life', 3, 1000, 'rotated', 'refused'],
] as const)('%s ends at its very millisecond', ([, generation, seconds, before, at]) => {
  expect(decide(generation, later(rotatedAt, seconds - 0.001)).answer.outcome).toBe(before)
  expect(decide(generation, later(rotatedAt, seconds)).answer.outcome).toBe(at)
})

test('the absolute life ends at its very millisecond', () => {
  const young = { ...live, rotatedAt: later(family.expiresAt, -10) }
  expect(decide(3, later(family.expiresAt, -0.001), undefined, young).answer.outcome).toBe('rotated')
  expect(decide(3, family.expiresAt, undefined, young).answer.outcome).toBe('refused')
})

test('what stands first decides: dates and key before scope, scope before generation', () => {
  const idle = later(rotatedAt, 1000)
  expect(decide(3, idle, ['admin'])).toEqual({ answer: { outcome: 'refused' }, kept: undefined })
  expect(decide(99, rotatedAt, ['admin'])).toEqual({ answer: { outcome: 'wider' }, kept: undefined })
  expect(decide(99, rotatedAt)).toEqual({ answer: { outcome: 'reused', family }, kept: 'ended' })
  expect(decide(3, rotatedAt, undefined, undefined).answer.outcome).toBe('rotated')
  const presented = { familyId: 'x', generation: 1, macKid: 'mac-1', from: '' }
  const refused = { answer: { outcome: 'refused' }, kept: undefined }
  const lost = { answer: { outcome: 'lost' }, kept: undefined }
  expect(rotateFamily(undefined, { presented, wanted: undefined, rules }, birth)).toEqual(lost)
  expect(rotateFamily('ended', { presented, wanted: new Set(['admin']), rules }, birth)).toEqual(refused)
  for (const generation of [2, 3, 99]) {
    const forged = { familyId: family.id, generation, macKid: 'mac-0', from: 'here' }
    expect(rotateFamily(live, { presented: forged, wanted: new Set(['admin']), rules }, rotatedAt)).toEqual(refused)
  }
})

test('a rotation keeps who asked and when; a repetition keeps nothing', () => {
  const now = later(rotatedAt, 5)
  expect(decide(3, now).kept).toEqual({ family, generation: 4, rotatedAt: now, from: 'there' })
  expect(decide(2, now)).toEqual({
    answer: { outcome: 'repeated', family, generation: 3, elsewhere: true },
    kept: undefined,
  })
})

test('a clock that went back does not make an honest repetition a theft', () => {
  expect(decide(2, later(rotatedAt, -3600)).answer.outcome).toBe('repeated')
})

/** Seconds after the rotation at which the store was gone, was back, and is asked. */
test.for([
  ['inside the window, whatever happened', 5, 10, 29.999, 'repeated'],
  ['after it, where the outage was over before it closed', 5, 10, 30, 'repeated'],
  ['before the window that starts with the return is over', 5, 100, 129.999, 'repeated'],
  ['when that one is over', 5, 100, 130, 'reused'],
  ['where the store went as the window closed', 30, 100, 101, 'reused'],
  ['where the store went just before', 29.999, 100, 101, 'repeated'],
  ['where the rotation was the first thing after the return', -100, 0, 30, 'reused'],
  ['where the last sign of life was older than the rotation', -2, 60, 89.999, 'repeated'],
] as const)('an outage does not count towards the grace: %s', ([, gone, back, asked, outcome]) => {
  const outage = { gone: later(rotatedAt, gone), back: later(rotatedAt, back) }
  const presented = { familyId: family.id, generation: 2, macKid: family.macKid, from: 'there' }
  const decision = rotateFamily(live, { presented, wanted: undefined, rules }, later(rotatedAt, asked), outage)
  expect(decision.answer.outcome).toBe(outcome)
})

test('an outage brings no older generation back', () => {
  const outage = { gone: later(rotatedAt, 5), back: later(rotatedAt, 100) }
  for (const generation of [0, 1, 4, 5]) {
    const presented = { familyId: family.id, generation, macKid: family.macKid, from: 'there' }
    const decision = rotateFamily(live, { presented, wanted: undefined, rules }, later(rotatedAt, 101), outage)
    expect(decision.answer.outcome).toBe('reused')
  }
})

test('who asked before the family was lost is forgotten, so that nobody is from elsewhere', () => {
  const back: LiveFamily = { ...live, from: '' }
  expect(decide(2, later(rotatedAt, 5), undefined, back).answer).toMatchObject({
    outcome: 'repeated',
    elsewhere: false,
  })
})
