import { expect, test } from 'vitest'
import { stopUnderLoad } from './stop-under-load.ts'
import { chosenSeed } from './support/seeded.ts'

const seed = chosenSeed()

test.each([seed, seed + 1])(
  'SIGTERM under load loses nothing and leaves nobody waiting (seed %i)',
  async (chosen) => {
    const report = await stopUnderLoad(chosen)
    expect(report.failures).toEqual([])
    expect(report.exit).toBe(0)
    expect(report.goneAfter).toBeLessThan(10_000)
    expect([503, undefined]).toContain(report.unready)
    // Something was under way, and was told that its connection ends.
    expect(report.answered).toBeGreaterThan(20)
    expect(report.answeredLate).toBeGreaterThan(0)
    expect(report.toldToClose).toBeGreaterThan(0)
  },
  60_000,
)
