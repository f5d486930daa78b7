import { setTimeout as wait } from 'node:timers/promises'
import type { Arena } from '../arena/arena.ts'
import { lookAtFamilies } from '../arena/look-at-families.ts'
import { briskly, startLives } from '../drive/lives.ts'
import { settle } from '../drive/settle.ts'
import { beginFamily } from '../drive/steps.ts'
import { openLab } from '../lab/lab.ts'
import { mountSmallDisk, type SmallDisk } from '../lab/small-disk.ts'
import { until } from '../lab/until.ts'
import { inArena } from './in-arena.ts'
import { openProbe, type Probe } from './recovery.ts'
import { middleAndWorst, type Scenario, type Told } from './scenario.ts'
import { whyNoServers } from './why-not.ts'

/** No room left under one of the stores, while everybody goes on. */
export const diskFull: Scenario = {
  name: 'disk-full',
  title: 'disk full under Redis and under PostgreSQL',
  unit: 'full disks, under Redis and under PostgreSQL in turn',
  full: 10,
  small: 2,
  async run(told) {
    const why = whyNoServers()
    if (why) return { notRun: why }
    const workshop = openLab()
    try {
      const [under, below] = [mountSmallDisk(workshop, 64), mountSmallDisk(workshop, 256)]
      if (typeof under === 'string') return { notRun: under }
      if (typeof below === 'string') return { notRun: below }
      const redis = { folder: under.folder }
      const postgres = { folder: below.folder, more: ['max_wal_size=48MB', 'min_wal_size=32MB'] }
      return await inArena(told, { redis, postgres }, (arena) => fillInTurn(told, arena, { redis: under, sql: below }))
    } finally {
      await workshop.close()
    }
  },
}

type Disks = { readonly redis: SmallDisk; readonly sql: SmallDisk }

type Kind = {
  readonly name: string
  readonly store: keyof Disks
  /** Makes sure that the server meets the end of its disk. */
  press(arena: Arena): Promise<void>
  /** What an operator does once there is room again. */
  mend(arena: Arena): Promise<void>
  /** Changes where the server had to be started again. */
  birth(arena: Arena): Promise<string>
}

const press = async () => {}
const journal: Kind = { name: 'Redis, its journal', store: 'redis', press, mend: mendRedis, birth: birthOfRedis }
const sql = { store: 'sql', mend: mendPostgres, birth: birthOfPostgres } as const
const tables: Kind = { ...sql, name: 'PostgreSQL, its tables', press }
const log: Kind = { ...sql, name: 'PostgreSQL, its log', press: useUpLog }
const kinds: readonly Kind[] = [journal, tables, journal, log]

async function fillInTurn({ amount, say }: Told, arena: Arena, disks: Disks) {
  const { stage, history } = arena
  const probe = await openProbe(arena)
  const healed: { readonly [store in keyof Disks]: number[] } = { redis: [], sql: [] }
  const started = { redis: 0, sql: 0 }
  for (let round = 0; round < amount; round++) {
    const kind = kinds[round % kinds.length] ?? tables
    const known = Math.max(0, stage.families.length - briskly.lanes * briskly.families)
    const lives = startLives(stage, briskly)
    await load(arena, 60)
    const birth = await kind.birth(arena)
    const whole = history.break(kind.store)
    disks[kind.store].fill()
    const from = history.entries.length
    await kind.press(arena)
    await untilRefused(arena, from)
    await load(arena, 60)
    disks[kind.store].free()
    const begun = performance.now()
    await kind.mend(arena)
    if ((await kind.birth(arena)) !== birth) started[kind.store]++
    whole()
    const back = await untilHealed(arena, probe, begun)
    healed[kind.store].push(back)
    await lives.end()
    const touched = stage.families.slice(known)
    await lookAtFamilies(arena, touched)
    await settle(stage, touched, briskly.retries)
    say(`${round + 1} of ${amount}: ${kind.name}, healed after ${Math.round(back)} ms`)
  }
  return {
    'full disks': amount,
    'answered 503 meanwhile': history.entries.filter(({ status }) => status === 503).length,
    'Redis had ended and was started again': started.redis,
    'PostgreSQL had ended and was started again': started.sql,
    ...middleAndWorst('Redis: from room on the disk to all answers', healed.redis),
    ...middleAndWorst('PostgreSQL: from room on the disk to all answers', healed.sql),
  }
}

async function load({ history }: Arena, requests: number): Promise<void> {
  const target = history.entries.length + requests
  await until(() => history.entries.length >= target, { within: 90_000, what: 'load', every: 5 })
}

/** Waits for the first 503: what still fits into what the server had already taken is answered as ever. */
async function untilRefused({ history }: Arena, from: number): Promise<void> {
  const refused = () => history.entries.slice(from).some(({ status }) => status === 503)
  await until(refused, { within: 90_000, what: 'a 503 while the disk is full', every: 20 })
}

/** PostgreSQL keeps files of its log in reserve; when they are used up, it ends by itself. */
async function useUpLog({ postgres }: Arena): Promise<void> {
  const use = `SELECT pg_logical_emit_message(true, 'lab', repeat('x', 100000)), pg_switch_wal()`
  for (let files = 0; files < 50; files++) {
    const isUsed = await postgres.query(use).then(
      () => true,
      () => false,
    )
    if (!isUsed) return
  }
}

/** A Redis that flushes at every write ends where it cannot: it is started again on its files. */
async function mendRedis({ redis }: Arena): Promise<void> {
  if (!isAlive(redis.pid())) await redis.start()
}

async function birthOfRedis({ redis }: Arena): Promise<string> {
  return `${redis.pid()}`
}

/** One that recovers by itself now that there is room is left alone. */
async function mendPostgres({ postgres }: Arena): Promise<void> {
  await postgres.start()
}

async function birthOfPostgres({ postgres }: Arena): Promise<string> {
  const [row] = await postgres.query('SELECT pg_postmaster_start_time()::text AS at')
  return String(row?.at)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A refresh at every machine, and two sign-ins in a row: what needs either store, and writes there. */
async function untilHealed({ stage, history }: Arena, probe: Probe, begun: number): Promise<number> {
  const [session] = stage.sessions
  if (!session) throw new Error('nobody is signed in')
  await probe.untilBack(60_000)
  for (let good = 0; good < 2; ) {
    good = (await beginFamily(stage, session)) ? good + 1 : 0
    if (performance.now() - begun > 60_000) throw new Error('no sign-in within a minute')
    if (good === 0) await wait(50)
  }
  const took = performance.now() - begun
  history.expect({ what: 'healed within 10 s', found: `${Math.round(took)} ms`, isMet: took <= 10_000 + history.lag })
  return took
}
