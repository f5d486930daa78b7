import { join } from 'node:path'
import type { Arena } from '../arena/arena.ts'
import { lookAtFamilies } from '../arena/look-at-families.ts'
import { present } from '../drive/app-requests.ts'
import type { LabFamily } from '../drive/cast.ts'
import { briskly, startLives } from '../drive/lives.ts'
import { settle } from '../drive/settle.ts'
import { beginFamily, endFamily, refresh, signIn, stealCode } from '../drive/steps.ts'
import { type RedisNode, startRedisNode } from '../lab/redis-node.ts'
import { until } from '../lab/until.ts'
import { inArena } from './in-arena.ts'
import { openProbe } from './recovery.ts'
import { middleAndWorst, type Scenario, type Told } from './scenario.ts'
import { whyNoServers } from './why-not.ts'

/** Redis comes back without its memory, or with an old one. */
export const redisLost: Scenario = {
  name: 'redis-lost',
  title: 'Redis wiped, an old AOF restored, a stale replica promoted',
  unit: 'losses, of the three kinds in turn',
  full: 15,
  small: 3,
  async run(told) {
    const why = whyNoServers()
    return why ? { notRun: why } : inArena(told, { proxies: true }, (arena) => lose(told, arena))
  },
}

const kinds = ['wiped', 'old AOF', 'stale replica'] as const

/** Milliseconds after which the floor of a family is in SQL (written behind, a few seconds late at most). */
const floorLag = 6000

/** What the promise about the time of a rebuild counts on. */
const manyRevocations = 100_000

async function lose({ amount, say }: Told, arena: Arena) {
  const { stage, history } = arena
  const revocations = amount >= redisLost.full ? manyRevocations : 0
  if (revocations > 0) await addRevocations(arena, revocations)
  const probe = await openProbe(arena)
  const backs: number[] = []
  let current = arena.redis
  for (let round = 0; round < amount; round++) {
    const kind = kinds[round % kinds.length] ?? 'wiped'
    const known = Math.max(0, stage.families.length - briskly.lanes * briskly.families)
    const rested = await restingFamilies(arena)
    const doomed = await aFamily(arena)
    const prepared = await prepare(arena, current, kind)
    await live(arena, 120)
    // What the other memory has as alive, and as live.
    await endFamily(stage, doomed, briskly.retries)
    await refreshAll(arena, rested, 2)
    const rests = history.now()
    await until(() => history.now() > rests + floorLag, { within: 30_000, what: 'floors' })
    const whole = history.break('redis')
    history.lose(kind)
    current = await prepared()
    whole()
    const rebuilt = history.break('rebuilding')
    const begun = performance.now()
    await probe.untilBack(60_000)
    const isReady = async () => (await Promise.all(arena.machines.map((one) => one.isReady()))).every(Boolean)
    await until(isReady, { within: 60_000, what: 'machines that are ready' })
    rebuilt()
    const back = performance.now() - begun
    backs.push(back)
    history.expect({ what: 'a rebuild takes 30 s at most', found: `${Math.round(back)} ms`, isMet: back <= 30_000 })
    await present(stage, doomed, doomed.tokens.at(-1) ?? '', { actor: 'thief', ends: true })
    await ask(arena, rested, stage.families.slice(known), current)
    say(`${round + 1} of ${amount}: ${kind}, back after ${Math.round(back)} ms`)
  }
  return { losses: amount, revocations, ...middleAndWorst('from the return of Redis to all answers', backs) }
}

async function live({ stage, history }: Arena, requests: number): Promise<void> {
  const lives = startLives(stage, briskly)
  const target = history.entries.length + requests
  await until(() => history.entries.length >= target, { within: 60_000, what: 'load', every: 5 })
  await lives.end()
}

async function aFamily({ stage }: Arena): Promise<LabFamily> {
  const family = stage.people[2] && (await signIn(stage, stage.people[2]))
  if (!family) throw new Error('nobody could sign in before anything was broken')
  return family
}

/** Families with tokens that were replaced twice, and will be again; then untouched until their floor is in SQL. */
async function restingFamilies(arena: Arena): Promise<readonly LabFamily[]> {
  const { stage } = arena
  const families: LabFamily[] = []
  for (const person of stage.people.slice(0, 2)) {
    const family = await signIn(stage, person)
    if (!family) throw new Error('nobody could sign in before anything was broken')
    families.push(family)
  }
  await refreshAll(arena, families, 3)
  return families
}

async function refreshAll({ stage }: Arena, families: readonly LabFamily[], times: number): Promise<void> {
  for (const family of families) for (let time = 0; time < times; time++) await refresh(stage, family, briskly.retries)
}

/** Keeps what will be put in the place of the present memory; the answered function does it. */
async function prepare({ lab, proxies }: Arena, current: RedisNode, kind: (typeof kinds)[number]) {
  if (kind === 'stale replica') {
    const replica = await startRedisNode(lab, { password: passwordOf(current), follows: current.port })
    await until(async () => String(await replica.command('INFO', 'replication')).includes('master_link_status:up'), {
      within: 20_000,
      what: 'a replica',
    })
    await replica.command('REPLICAOF', 'NO', 'ONE')
    // As whoever promotes a server does, so that it is still a primary when it is started again.
    await replica.command('CONFIG', 'REWRITE')
    return async () => {
      await current.kill()
      proxies?.redis.lead(replica.port)
      return replica
    }
  }
  const backup = join(lab.newFolder('backup'), 'aof')
  if (kind === 'old AOF') current.copyFiles(backup)
  return async () => {
    await current.kill()
    current.replaceFiles(kind === 'old AOF' ? backup : undefined)
    await current.start()
    return current
  }
}

function passwordOf({ url }: RedisNode): string {
  return new URL(url).password
}

/** The thief comes first; then everybody else. */
async function ask(arena: Arena, rested: readonly LabFamily[], touched: readonly LabFamily[], current: RedisNode) {
  const { stage } = arena
  for (const family of rested) {
    family.isOver = true
    await present(stage, family, family.tokens.at(-3) ?? '', { actor: 'thief', ends: true })
  }
  for (const family of touched.filter(({ isOver }) => isOver).slice(0, 5)) await stealCode(stage, family)
  await settle(stage, touched, briskly.retries)
  const sessions = new Set(touched.map(({ session }) => session).filter(({ isOver }) => !isOver))
  for (const session of sessions) await beginFamily(stage, session)
  await lookAtFamilies(arena, touched, (key) => current.command('GET', key))
}

/** Ends of families that nobody knows any more: what a rebuild has to read and apply. */
async function addRevocations({ postgres }: Arena, count: number): Promise<void> {
  await postgres.query(
    `INSERT INTO "End" (kind, id, version, reason, at, until, "appliedAt")
     SELECT 'family', 'lab-' || n, -1, 'revoked_by_client', now(), now() + interval '30 days', now()
     FROM generate_series(1, $1) AS n`,
    [count],
  )
}
