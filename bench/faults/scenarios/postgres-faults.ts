import { setTimeout as wait } from 'node:timers/promises'
import type { Arena } from '../arena/arena.ts'
import { lookAtFamilies } from '../arena/look-at-families.ts'
import { briskly, startLives } from '../drive/lives.ts'
import { settle } from '../drive/settle.ts'
import { beginFamily } from '../drive/steps.ts'
import { until } from '../lab/until.ts'
import { inArena } from './in-arena.ts'
import { openProbe, type Probe } from './recovery.ts'
import { middleAndWorst, type Scenario, type Told } from './scenario.ts'
import { whyNoServers } from './why-not.ts'

/** Everything that happens to a database, and the server must come back by itself. */
export const postgresFaults: Scenario = {
  name: 'postgres-faults',
  title: 'PostgreSQL restarted, killed, its connections cut, frozen, away, a table locked, read-only',
  unit: 'faults, of the seven kinds in turn',
  full: 50,
  small: 3,
  async run(told) {
    const why = whyNoServers()
    return why ? { notRun: why } : inArena(told, { proxies: true }, (arena) => breakPostgres(told, arena))
  },
}

type Kind = { readonly name: string; readonly isAway: boolean; breakIt(arena: Arena, long: number): Promise<void> }

/** Milliseconds of the long ones: away for 60 s, locked for 30 s; in the small size a tenth. */
const long = 60_000

const kinds: readonly Kind[] = [
  {
    name: 'killed',
    isAway: false,
    async breakIt({ postgres }) {
      await postgres.kill()
      await postgres.start()
    },
  },
  {
    name: 'frozen',
    isAway: true,
    async breakIt({ postgres }, time) {
      postgres.freeze(true)
      // Long enough that whoever waits for it is seen to wait.
      await wait(Math.max(5000, time / 2))
      postgres.freeze(false)
    },
  },
  { name: 'connections cut', isAway: false, breakIt: ({ postgres }) => postgres.cutConnections() },
  {
    name: 'away',
    isAway: true,
    async breakIt({ proxies }, time) {
      proxies?.postgres.refuse(true)
      await wait(time)
      proxies?.postgres.refuse(false)
    },
  },
  {
    name: 'table locked',
    isAway: false,
    async breakIt({ postgres }, time) {
      const unlock = await postgres.lockTable('FamilyFact')
      await wait(time / 2)
      await unlock()
    },
  },
  {
    name: 'restarted',
    isAway: false,
    async breakIt({ postgres }) {
      await postgres.stop()
      await postgres.start()
    },
  },
  {
    name: 'read-only',
    isAway: false,
    async breakIt({ postgres }, time) {
      await postgres.readOnly(true)
      await wait(time / 6)
      await postgres.readOnly(false)
    },
  },
]

async function breakPostgres({ amount, say }: Told, arena: Arena) {
  const { stage, history, machines } = arena
  const probe = await openProbe(arena)
  const time = amount < postgresFaults.full ? long / 10 : long
  const backs: number[] = []
  const plain = { asked: 0, answered: 0 }
  for (let round = 0; round < amount; round++) {
    const kind = kinds[round % kinds.length]
    if (!kind) throw new Error('there is no such fault')
    const known = Math.max(0, stage.families.length - briskly.lanes * briskly.families)
    const pids = machines.map((machine) => machine.pid())
    await probe.untilBack(10_000)
    const lives = startLives(stage, briskly)
    const target = history.entries.length + 40
    await until(() => history.entries.length >= target, { within: 60_000, what: 'load', every: 5 })
    const whole = history.break('sql')
    const breaking = kind.breakIt(arena, time)
    if (kind.isAway) await refreshMeanwhile(arena, probe, plain)
    await breaking
    whole()
    const back = await untilSignedIn(arena)
    backs.push(back)
    history.expect({
      what: `${kind.name}: answers within 5 s, without a restart`,
      found: `${Math.round(back)} ms`,
      isMet: back <= 5000 + history.lag && machines.every((machine, at) => machine.pid() === pids[at]),
    })
    await lives.end()
    const touched = stage.families.slice(known)
    await lookAtFamilies(arena, touched)
    await settle(stage, touched, briskly.retries)
    say(`${round + 1} of ${amount}: ${kind.name}, back after ${Math.round(back)} ms`)
  }
  return {
    faults: amount,
    ...middleAndWorst('from the return of PostgreSQL to a sign-in', backs),
    'plain refreshes while it was away': plain.asked,
    'of them answered 200': plain.answered,
  }
}

/** A plain refresh needs no SQL: the table of what is open and what is closed. */
async function refreshMeanwhile({ history }: Arena, probe: Probe, plain: { asked: number; answered: number }) {
  await wait(500)
  for (let time = 0; time < 4; time++) {
    const isAnswered = await probe.refresh()
    plain.asked++
    if (isAnswered) plain.answered++
    history.expect({
      what: 'a plain refresh while SQL is away',
      found: isAnswered ? '200' : 'no 200',
      isMet: isAnswered,
    })
    await wait(200)
  }
}

/** Begins sign-ins at the machines in turn until two in a row went well: what needs SQL, and writes there. */
async function untilSignedIn({ stage }: Arena): Promise<number> {
  const begun = performance.now()
  const session = stage.sessions[0]
  if (!session) throw new Error('nobody is signed in')
  for (let good = 0; good < 2; ) {
    good = (await beginFamily(stage, session)) ? good + 1 : 0
    if (performance.now() - begun > 60_000) throw new Error('no sign-in within a minute')
    if (good === 0) await wait(50)
  }
  return performance.now() - begun
}
