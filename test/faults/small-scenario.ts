import { expect, test } from 'vitest'
import { scenarios } from '#bench/faults/scenarios/all.ts'
import { chosenSeed } from './support/seeded.ts'

/** Milliseconds that a small size may take on a machine that is busy elsewhere. */
const patience = 240_000

/** Servers are started and killed by the dozen, for some minutes: who has no time leaves it out. */
const isLeftOut = process.env.SIGNET_TEST_FAULTS === '0'

/** A test of a small size; skipped, and said so, where it is left out. */
export function smallTest(name: string, run: () => Promise<void>): void {
  test.skipIf(isLeftOut)(isLeftOut ? `${name} (left out by SIGNET_TEST_FAULTS=0)` : name, run, patience)
}

/**
 * Runs a scenario at its small size and expects what its full size promises. Answers its figures; undefined, with a
 * warning, where it cannot run here.
 */
export async function runSmall(name: string): Promise<{ readonly [name: string]: number | string } | undefined> {
  const scenario = scenarios.find((one) => one.name === name)
  if (!scenario) throw new Error(`no scenario ${name}`)
  const seed = chosenSeed()
  const told: string[] = []
  const say = (line: string) => void told.push(line)
  const outcome = await scenario.run({ amount: scenario.small, seed, plant: undefined, say })
  if ('notRun' in outcome) {
    console.warn(`${name} is not run: ${outcome.notRun}`)
    return undefined
  }
  const broken = outcome.violations.map(({ invariant, what }) => `${invariant}: ${what}`)
  const about = `seed ${seed}\n${told.join('\n')}`
  if (scenario.mustFail) expect(broken, about).not.toEqual([])
  else expect(broken, about).toEqual([])
  return outcome.figures
}
