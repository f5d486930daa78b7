import { expect, test } from 'vitest'
import { openRepetitions } from '#core/audit/repetitions.ts'

const start = new Date('2026-11-20T12:00:00Z')
const at = (seconds: number) => new Date(start.getTime() + seconds * 1000)

test('a key is new once in a while, counted from when it was first seen', () => {
  const isRepetition = openRepetitions(60)
  expect([0, 1, 59.999, 60, 61].map((seconds) => isRepetition('a', at(seconds)))).toEqual([
    false,
    true,
    true,
    false,
    true,
  ])
  expect(isRepetition('b', at(1))).toBe(false)
})

test('what is remembered is bounded, and the oldest is forgotten first', () => {
  const isRepetition = openRepetitions(60)
  for (let key = 0; key <= 10_000; key++) isRepetition(String(key), start)
  expect(isRepetition('10000', start)).toBe(true)
  expect(isRepetition('0', start)).toBe(false)
})
