import { expect, test } from 'vitest'
import { rotateUnderLoad } from './rotation-load.ts'

test('keys rotate every few seconds under load, and nobody who caches the JWKS for its max-age notices', async () => {
  const report = await rotateUnderLoad(16)
  expect(report.failures).toEqual([])
  // What was not asked could not fail.
  expect(report.signIns).toBeGreaterThan(3)
  expect(report.signOuts).toBe(report.signIns)
  expect(report.hints).toBeGreaterThan(3)
  expect(report.lateVerifications).toBeGreaterThan(20)
  expect(report.keysSeen).toBeGreaterThanOrEqual(6)
  expect(report.keysLeft).toBeGreaterThanOrEqual(1)
  expect(report.rotationsByCommand).toBe(1)
}, 120_000)
