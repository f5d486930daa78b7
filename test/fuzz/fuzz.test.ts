import { expect, test } from 'vitest'
import { chosenSeed } from '#test/faults/support/seeded.ts'
import { fuzz } from './fuzz.ts'

test('bent requests get an answer that is none of our faults, and honest people still sign in', async () => {
  const seed = chosenSeed()
  const report = await fuzz({ seed, requests: 1500 })
  expect(report.failures, `seed ${seed}`).toEqual([])
  expect(report.requests).toBeGreaterThanOrEqual(1500)
  // Requests that all bounced at the door would show nothing of the rooms behind it.
  expect(report.statuses['200']).toBeGreaterThan(100)
  expect(report.statuses['303']).toBeGreaterThan(50)
  expect(report.statuses['201']).toBeGreaterThan(5)
}, 240_000)
