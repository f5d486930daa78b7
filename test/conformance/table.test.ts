import { expect, test } from 'vitest'
import { plans } from './plans.ts'
import { standIns } from './stand-ins.ts'

test.each(plans)('the list of $title is as long as the plan', ({ size, runs }) => {
  expect(runs).toHaveLength(size)
})

test('every module of every plan has a test of its name, which says what it asserts', () => {
  const missing = standIns().filter(({ tests }) => tests.length === 0)
  expect(missing.map(({ plan, run }) => `${plan.title}: ${run.module}`)).toEqual([])
})
