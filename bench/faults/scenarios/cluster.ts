import { hash } from 'node:crypto'
import { type ClusterTopology, startCluster } from '#test/support/redis-cluster.ts'
import type { RedisProcess } from '#test/support/redis-process.ts'
import type { Arena } from '../arena/arena.ts'
import { lookAtFamilies } from '../arena/look-at-families.ts'
import { briskly } from '../drive/lives.ts'
import { settle } from '../drive/settle.ts'
import type { Entry } from '../history/history.ts'
import type { Lab } from '../lab/lab.ts'
import { until } from '../lab/until.ts'
import { inArena } from './in-arena.ts'
import { openProbe, type Probe } from './recovery.ts'
import { type Figures, middleAndWorst, type Outcome, type Scenario, type Told } from './scenario.ts'
import { load, whileLiving } from './sentinel.ts'
import { whyNoServers } from './why-not.ts'

/** A cluster is resized while people sign in: nobody notices. */
export const clusterMove: Scenario = {
  name: 'cluster-move',
  title: 'Cluster: all 16,384 slots moved between the primaries under load',
  unit: 'rounds in which every slot moves',
  full: 1,
  small: 1,
  run: (told) => overCluster(told, moveAll),
}

/** A third of the cluster dies, and its replica takes over; a supervisor starts the old primary again then. */
export const clusterKill: Scenario = {
  name: 'cluster-kill',
  title: 'Cluster: a primary killed, its replica takes over, and it is started again as a replica',
  unit: 'kills',
  full: 10,
  small: 1,
  run: (told) => overCluster(told, killInTurn),
}

type Work = (told: Told, arena: Arena, cluster: ClusterTopology) => Promise<Figures>

async function overCluster(told: Told, work: Work): Promise<Outcome> {
  const why = whyNoServers()
  if (why) return { notRun: why }
  const opened = Promise.withResolvers<ClusterTopology>()
  const redisUrl = async (lab: Lab) => {
    const cluster = await startCluster({ settings: { 'min-replicas-to-write': 1, 'min-replicas-max-lag': 2 } })
    lab.defer(() => cluster.stop())
    opened.resolve(cluster)
    return cluster.url
  }
  const settings = { SIGNET_REDIS_REPLICAS: '1' }
  return inArena(told, { redisUrl, settings }, async (arena) => work(told, arena, await opened.promise))
}

/** How many requests a p99 is taken of, at least. */
const sample = 400

const slotCount = 16_384

async function moveAll({ amount, say }: Told, arena: Arena, cluster: ClusterTopology) {
  const { stage, history } = arena
  const { quiet, moving } = await whileLiving(arena, briskly, async () => {
    // The first requests after a start compile and connect.
    await load(arena, sample / 4)
    const quiet = await during(arena, () => load(arena, sample))
    say(`quiet: ${quiet.p99} ms`)
    const moving = await during(arena, async () => {
      for (let round = 0; round < amount; round++) await moveEverySlot(cluster)
    })
    return { quiet, moving }
  })
  const failed = moving.entries.filter(({ status, isHungUp }) => !isHungUp && (status === undefined || status >= 500))
  history.expect({
    what: 'no request fails while slots move',
    found: `${failed.length} of ${moving.entries.length}`,
    isMet: failed.length === 0,
  })
  history.expect({
    what: 'p99 while slots move is at most 5 times the quiet one',
    found: `${moving.p99} ms after ${quiet.p99} ms`,
    isMet: moving.p99 <= 5 * quiet.p99,
  })
  await lookAtFamilies(arena, stage.families, reading(cluster))
  await settle(stage, stage.families, briskly.retries)
  return {
    'slots moved': amount * slotCount,
    'seconds it took': Number((moving.milliseconds / 1000).toFixed(1)),
    'requests meanwhile': moving.entries.length,
    'of them failed': failed.length,
    'quiet p99 (ms)': quiet.p99,
    'p99 while moving (ms)': moving.p99,
  }
}

/** What was asked meanwhile, and the p99 of its answers in milliseconds. */
async function during({ history }: Arena, work: () => Promise<void>) {
  const [from, begun] = [history.entries.length, history.now()]
  await work()
  const entries: readonly Entry[] = history.entries.slice(from)
  const sorted = entries.map((one) => one.ended - one.begun).sort((one, other) => one - other)
  const p99 = Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0)
  return { entries, p99, milliseconds: history.now() - begun }
}

/** Each primary gives all that it has at the beginning to the next one. */
async function moveEverySlot(cluster: ClusterTopology): Promise<void> {
  const primaries = await cluster.primaries()
  const held = new Map<RedisProcess, number[]>(primaries.map((one) => [one, []]))
  const ranges = (await primaries[0]?.call('CLUSTER', 'SLOTS')) as readonly [
    number,
    number,
    readonly [string, number],
  ][]
  for (const [from, to, [, port]] of ranges) {
    const owner = primaries.find((one) => one.port === port)
    for (let slot = from; slot <= to; slot++) if (owner) held.get(owner)?.push(slot)
  }
  for (const [at, owner] of primaries.entries()) {
    const next = primaries[(at + 1) % primaries.length]
    if (next) await cluster.moveSlots(held.get(owner) ?? [], next)
  }
}

async function killInTurn({ amount, say }: Told, arena: Arena, cluster: ClusterTopology) {
  const { stage, history } = arena
  const backs: number[] = []
  for (let round = 0; round < amount; round++) {
    const known = Math.max(0, stage.families.length - briskly.lanes * briskly.families)
    const probe = await openProbe(arena)
    // The one that has what the probe asks for.
    const id = stage.families.at(-1)?.tokens.at(-1)?.split('.')[1] ?? ''
    const primary = await cluster.ownerOf(await slotOf(cluster, `{b${hash('sha256', id).slice(0, 2)}}`))
    const { back, took } = await whileLiving(arena, briskly, () => killOnce(arena, cluster, { primary, probe }))
    backs.push(back)
    history.expect({
      what: 'answers within 5 s',
      found: `${Math.round(back)} ms`,
      isMet: back <= 5000 + history.lag,
    })
    const touched = stage.families.slice(known)
    await lookAtFamilies(arena, touched, reading(cluster))
    await settle(stage, touched, briskly.retries)
    say(`${round + 1} of ${amount}: ${took}, back after ${Math.round(back)} ms`)
  }
  return { kills: amount, ...middleAndWorst('from the kill to answers', backs) }
}

type Victim = { readonly primary: RedisProcess; readonly probe: Probe }

/** Answers the milliseconds until everything was answered again, and how they went by. */
async function killOnce(arena: Arena, cluster: ClusterTopology, { primary, probe }: Victim) {
  await load(arena, 60)
  const whole = arena.history.break('redis')
  const begun = performance.now()
  await primary.kill()
  const replacing = replace(cluster, primary, () => Math.round(performance.now() - begun)).finally(whole)
  const [took] = await Promise.all([replacing, probe.untilBack(30_000)])
  const back = performance.now() - begun
  await load(arena, 60)
  return { back, took }
}

/** Until its replica serves; then the old primary is started again, because one that has no replica takes no writes. */
async function replace(cluster: ClusterTopology, primary: RedisProcess, since: () => number): Promise<string> {
  const isReplaced = async () => {
    const serving = await cluster.primaries()
    return serving.length === 3 && !serving.includes(primary)
  }
  await until(isReplaced, { within: 30_000, what: 'a replica that takes over' })
  const replaced = since()
  await primary.restart()
  const restarted = since()
  await cluster.healthy()
  return `replaced after ${replaced}, started again after ${restarted}, whole after ${since()}`
}

async function slotOf({ servers }: ClusterTopology, key: string): Promise<number> {
  return Number(await servers.find(({ isAwake }) => isAwake)?.call('CLUSTER', 'KEYSLOT', key))
}

/** Records where they are now. */
function reading(cluster: ClusterTopology): (key: string) => Promise<unknown> {
  return async (key) => (await cluster.ownerOf(await slotOf(cluster, key))).call('GET', key)
}
