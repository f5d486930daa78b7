/*
 * `npm run faults -- [--scenario NAME…] [--amount N] [--seed N] [--plant NAME|all] [--root DIR] [--report FILE]`: breaks
 * things and judges what the outside saw. Without names it runs every scenario at its full amount and writes a report for
 * each; `--plant` runs with a planted bug at the small size. Ends with 1 where a promise was broken, or a bug was missed.
 */
import { parseArgs } from 'node:util'
import { chosenSeed } from '#test/faults/support/seeded.ts'
import { plants } from './plants/all.ts'
import type { Plant } from './plants/plant.ts'
import { type Run, reportFile, writeReport } from './report/write-report.ts'
import { scenarios } from './scenarios/all.ts'
import type { Scenario } from './scenarios/scenario.ts'

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true, default: [] },
    amount: { type: 'string' },
    seed: { type: 'string' },
    plant: { type: 'string' },
    root: { type: 'string' },
    report: { type: 'string' },
    small: { type: 'boolean', default: false },
  },
})

const seed = Number(values.seed ?? chosenSeed())
const say = (line: string) => console.log(`  ${line}`)

function wanted(): readonly Scenario[] {
  const unknown = values.scenario.find((name) => !scenarios.some((one) => one.name === name))
  if (unknown !== undefined)
    throw new Error(`no scenario ${unknown}; there are ${scenarios.map(({ name }) => name).join(', ')}`)
  return values.scenario.length > 0 ? scenarios.filter(({ name }) => values.scenario.includes(name)) : scenarios
}

/** Runs one scenario; what it throws is told as a violation, so that the others still run. */
async function run(scenario: Scenario, amount: number, plant?: Plant): Promise<Run> {
  console.log(`${scenario.name}: ${amount} ${scenario.unit}, seed ${seed}${plant ? `, planted: ${plant.name}` : ''}`)
  const begun = performance.now()
  const outcome = await scenario
    .run({ amount, seed, plant: plant?.name, root: values.root, say })
    .catch((error) => ({ figures: {}, violations: [{ invariant: 'scenario', what: String(error), entries: [] }] }))
  return { scenario, amount, seed, seconds: Math.round((performance.now() - begun) / 1000), outcome }
}

/** Runs each bug in the scenario that must show it; the names of those that were caught by the promise they break. */
async function runPlants(which: readonly Plant[]): Promise<boolean> {
  let caught = 0
  for (const plant of which) {
    const scenario = scenarios.find(({ name }) => name === plant.scenario)
    if (!scenario) throw new Error(`no scenario ${plant.scenario}`)
    const { outcome } = await run(scenario, scenario.small, plant)
    if ('notRun' in outcome) say(`not run: ${outcome.notRun}`)
    else {
      const failure = outcome.violations.find(({ invariant }) => invariant === 'scenario')
      if (failure) say(failure.what.slice(0, 300))
      const by = [...new Set(outcome.violations.map(({ invariant }) => invariant))]
      const isCaught = by.includes(plant.caughtBy)
      if (isCaught) caught++
      say(
        isCaught ? `caught by ${plant.caughtBy}` : `MISSED by ${plant.caughtBy}; found: ${by.join(', ') || 'nothing'}`,
      )
    }
  }
  console.log(`${caught} of ${which.length} planted bugs caught`)
  return caught === which.length
}

async function runScenarios(): Promise<boolean> {
  let isGood = true
  for (const scenario of wanted()) {
    const amount = Number(values.amount ?? (values.small ? scenario.small : scenario.full))
    const done = await run(scenario, amount)
    const { outcome } = done
    if ('notRun' in outcome) say(`not run: ${outcome.notRun}`)
    else {
      for (const [name, value] of Object.entries(outcome.figures)) say(`${name}: ${value}`)
      const count = outcome.violations.length
      say(`${count} violations${scenario.mustFail ? ', and there must be some' : ''}`)
      for (const { invariant, what } of outcome.violations.slice(0, 10)) say(`  ${invariant}: ${what}`)
      if (count > 0 !== (scenario.mustFail ?? false)) isGood = false
    }
    if (!values.small || values.report) await writeReport(done, values.report ?? reportFile(scenario.name))
  }
  return isGood
}

const chosen = values.plant === 'all' ? plants : plants.filter(({ name }) => name === values.plant)
if (values.plant !== undefined && chosen.length === 0) throw new Error(`no planted bug ${values.plant}`)
process.exitCode = (await (values.plant === undefined ? runScenarios() : runPlants(chosen))) ? 0 : 1
