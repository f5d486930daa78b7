import { expect, test } from 'vitest'
import { killRounds } from './kill/kill-rounds.ts'
import { chosenSeed } from './support/seeded.ts'

test('kill -9 in the middle of anything: what was acknowledged is there, what was ended stays ended', async () => {
  const seed = chosenSeed()
  const report = await killRounds({ seed, rounds: 6 })
  expect(report.failures, `seed ${seed}`).toEqual([])
  expect(report.medianRestart).toBeLessThan(5)
  // What was not under way could not be lost.
  expect(report.acknowledged).toBeGreaterThan(40)
  expect(report.unanswered).toBeGreaterThan(3)
}, 180_000)
