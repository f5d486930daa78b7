import type { Arena } from '../arena/arena.ts'
import { lookAtFamilies } from '../arena/look-at-families.ts'
import { briskly, startLives } from '../drive/lives.ts'
import { settle } from '../drive/settle.ts'
import { type Machine, thisCheckout } from '../lab/machine.ts'
import { makeNextVersion } from '../lab/next-version.ts'
import { until } from '../lab/until.ts'
import { inArena } from './in-arena.ts'
import { middleAndWorst, type Scenario, type Told } from './scenario.ts'
import { whyNoServers } from './why-not.ts'

/** A release with a migration, machine by machine under load, and the way back on the newer schema. */
export const rollingUpgrade: Scenario = {
  name: 'rolling-upgrade',
  title: 'a rolling upgrade with a migration under load, and back',
  unit: 'rounds, each with a migration of its own',
  full: 2,
  small: 1,
  async run(told) {
    const why = whyNoServers()
    const settings = { SIGNET_DRAIN_DELAY: '1s' }
    return why ? { notRun: why } : inArena(told, { settings }, (arena) => upgrade(told, arena))
  },
}

async function upgrade(told: Told, arena: Arena) {
  const { lab, machines, history, stage } = arena
  const root = told.root ?? thisCheckout
  const times: number[] = []
  for (let round = 1; round <= told.amount; round++) {
    const next = await makeNextVersion(lab, round)
    const lives = startLives(stage, briskly)
    // Which versions stand side by side: new with old, new alone, old with new on the newer schema, old alone.
    for (const to of [next.root, root]) {
      for (const machine of machines) {
        await load(arena, 60)
        times.push(await replace(arena, machine, to))
        await load(arena, 60)
        const columns = await columnsOf(arena, next.column)
        history.expect({
          what: 'the newer schema is there from the first new machine on',
          found: `${columns} of 2`,
          isMet: columns === 2,
        })
      }
      told.say(`${round} of ${told.amount}: ${to === root ? 'back' : 'up'}`)
    }
    await lives.end()
    await lookAtBirths(arena)
    await lookAtFamilies(arena, stage.families)
    await settle(stage, stage.families.slice(-80), briskly.retries)
  }
  const failed = history.entries.filter(
    ({ status, isHungUp }) => !isHungUp && (status === undefined || status >= 500),
  ).length
  return {
    rounds: told.amount,
    'machines replaced': times.length,
    'failed requests': failed,
    ...middleAndWorst('from SIGTERM until the other version listens', times),
  }
}

async function load({ history }: Arena, requests: number): Promise<void> {
  const target = history.entries.length + requests
  await until(() => history.entries.length >= target, { within: 60_000, what: 'load', every: 5 })
}

/** As an operator does behind a balancer: told to stop, out of its turn when it is not ready, started, into its turn. */
async function replace({ history, transport }: Arena, machine: Machine, root: string): Promise<number> {
  const begun = performance.now()
  const stopped = machine.stop()
  await until(async () => !(await machine.isReady()), { within: 5000, what: 'a machine that is not ready' })
  transport.avoid(machine.name, true)
  const exit = await stopped
  history.expect({ what: 'a machine that was told to stop ends well', found: `exit ${exit}`, isMet: exit === 0 })
  await machine.start(root)
  const took = performance.now() - begun
  await until(() => machine.isReady(), { within: 30_000, what: 'a machine that is ready' })
  transport.avoid(machine.name, false)
  return took
}

async function columnsOf({ postgres }: Arena, column: string): Promise<number> {
  const rows = await postgres.query('SELECT 1 FROM information_schema.columns WHERE column_name = $1', [column])
  return rows.length
}

/** What was handed out has its birth in SQL, with all that recovery needs, whichever version wrote it. */
async function lookAtBirths({ postgres, stage, history }: Arena): Promise<void> {
  const ids = stage.families.flatMap(({ tokens }) => tokens.slice(-1).map((token) => token.split('.')[1] ?? ''))
  const rows = await postgres.query(
    `SELECT id FROM "FamilyFact" WHERE id = ANY($1) AND "macKid" IS NOT NULL AND "generation" IS NOT NULL`,
    [ids],
  )
  const missing = ids.length - rows.length
  const found = `${rows.length} of ${ids.length}`
  history.look({ what: 'births in SQL', promised: `${ids.length}`, found, isLost: missing > 0 })
}
