import { setTimeout as wait } from 'node:timers/promises'
import { type Clock, later } from '#core/clock.ts'
import type { EndCursor, FactStore, RecordedEnd } from '#core/tokens/fact-store.ts'
import type { BucketFact, EpochStore } from '../epoch-store.ts'
import type { LeaseStore } from '../lease-store.ts'
import { type ApplyEnds, byBucket } from './apply-ends.ts'
import type { BucketMemory } from './bucket-memory.ts'
import { BucketLost, type BucketServers, callShut, type FoundBucket, type Shut } from './bucket-servers.ts'
import { isThatMemory } from './epochs.ts'
import type { BucketCall } from './redis-table.ts'
import type { RedisServers } from './servers/redis-servers.ts'

/** Seconds that the lease lasts; it is renewed with every page. */
const leaseLife = 30

/** Ends that are read from SQL at once, and of how many buckets they are on their way to Redis. */
const pageSize = 5000
const abreast = 256

/** How often the ends of a bucket are tried where Redis does not answer, and the first pause in milliseconds. */
const mostTries = 20
const pause = 50

export type RebuildParts = {
  readonly memory: BucketMemory
  readonly buckets: BucketServers
  readonly epochs: EpochStore
  readonly leases: LeaseStore
  readonly facts: Pick<FactStore, 'listEnds'>
  readonly clock: Clock
  /** Applies ends by these calls. */
  readonly applier: (call: BucketCall) => ApplyEnds
  /** This process, among others. */
  readonly holder: string
  readonly serverOf: RedisServers['serverOf']
  /** Told of each bucket that was rebuilt whole on one server. */
  readonly believe: (server: string, buckets: readonly number[]) => void
  /** Told of what an operator should know. */
  readonly report: (event: RebuildEvent) => void
}

export type RebuildEvent =
  /** Rebuilt: what SQL knows has been applied; `ends` were there to apply. */
  | { readonly event: 'redis.rebuilt'; readonly buckets: number; readonly ends: number }
  /** The keys belong to another database: nothing is done until one of the two has a prefix of its own. */
  | { readonly event: 'redis.foreign'; readonly installation: string }

/** A bucket that is shut by us. */
type Fenced = Shut & { readonly bucket: number; readonly fact: BucketFact; readonly server: string }

/**
 * Makes buckets known again that are in doubt. A round looks at all of them: those that are what SQL calls the true
 * memory are trusted, the others are rebuilt by whoever holds the lease: shut in Redis, moved on in SQL by
 * compare-and-set, every end that SQL remembers applied, opened. Whatever fails stays in doubt for the next round. The
 * lease only saves work: of two who rebuild, the greater epoch wins, and the other one's scripts are refused.
 */
export function rebuilder(parts: RebuildParts): () => Promise<void> {
  const { memory, epochs, leases, clock, holder } = parts
  let foreign = ''

  return async () => {
    if (memory.listDoubtful().length === 0) return
    const [facts, installation] = await Promise.all([epochs.list(clock.now()), epochs.installation()])
    const probed = await settleAll(memory.listDoubtful().map((bucket) => probe(parts, facts, bucket)))
    const other = probed.find(({ found }) => found.installation !== '' && found.installation !== installation)
    if (other) {
      if (foreign === '') parts.report({ event: 'redis.foreign', installation: other.found.installation })
      foreign = other.found.installation
      return
    }
    foreign = ''
    const lost = probed.filter((one) => !trustIfSound(parts, one))
    if (lost.length === 0 || !(await claimLease(parts))) return
    try {
      await rebuild(parts, lost, installation)
    } finally {
      await leases.end('rebuild', holder)
    }
  }
}

type Probed = { readonly bucket: number; readonly fact: BucketFact; readonly found: FoundBucket }

async function probe({ buckets }: RebuildParts, facts: readonly BucketFact[], bucket: number): Promise<Probed> {
  const fact = facts.find((one) => one.bucket === bucket)
  if (!fact) throw new Error(`SQL knows no bucket ${bucket}`)
  return { bucket, fact, found: await buckets.probe(bucket) }
}

/**
 * Nobody may have seen more writes in this memory than there are: neither SQL nor this process. One that was seen to have
 * lost some has lost them, however many it has taken since.
 */
function trustIfSound({ memory }: RebuildParts, { bucket, fact, found }: Probed): boolean {
  const last = memory.findLast(bucket)
  const hasAll = last?.epoch !== found.epoch || found.writes >= last.writes
  const isSound = isThatMemory(found, fact) && hasAll && !memory.isCondemned(bucket, found.epoch)
  if (isSound) memory.trust(bucket, { epoch: found.epoch, writes: found.writes, seenAt: lastSeen(last, fact) })
  return isSound
}

/** When this process or SQL last knew it to answer; the next answer says better. */
function lastSeen(last: Pick<BucketFact, 'seenAt'> | undefined, fact: BucketFact): Date {
  return last && last.seenAt > fact.seenAt ? last.seenAt : fact.seenAt
}

function claimLease({ leases, clock, holder }: RebuildParts): Promise<boolean> {
  const now = clock.now()
  return leases.claim('rebuild', holder, { now, until: later(now, leaseLife) })
}

async function rebuild(parts: RebuildParts, lost: readonly Probed[], installation: string): Promise<void> {
  const fenced = await fence(parts, lost, installation)
  const moves = fenced.map(({ bucket, epoch, fact }) => ({ bucket, from: fact.epoch, to: epoch }))
  const moved = new Set(await parts.epochs.claim(moves))
  const held = new Map(fenced.filter(({ bucket }) => moved.has(bucket)).map((one) => [one.bucket, one]))
  const ends = await applyEnds(parts, held)
  const opened = await settleAll([...held.values()].map((one) => open(parts, one)))
  const count = opened.filter((isOpen) => isOpen).length
  if (count > 0) parts.report({ event: 'redis.rebuilt', buckets: count, ends })
}

/**
 * First in Redis, so that nobody writes under the old epoch while the ends are read. The first bucket goes before all
 * others: of two databases that meet in an empty Redis, one gets the prefix whole.
 */
async function fence({ buckets, memory, serverOf }: RebuildParts, lost: readonly Probed[], installation: string) {
  const shut = async ({ bucket, fact, found }: Probed): Promise<Fenced | undefined> => {
    const epoch = Math.max(Math.abs(found.epoch), fact.epoch, memory.findLast(bucket)?.epoch ?? 0) + 1
    const server = serverOf(bucket) ?? ''
    const isShut = await buckets.fence(bucket, epoch, installation)
    return isShut ? { bucket, epoch, writes: 0, fact, server } : undefined
  }
  const [first, ...others] = lost
  const isFirst = first?.bucket === 0
  const begun = first && isFirst ? [await shut(first)] : []
  if (begun.includes(undefined)) return []
  const shutting = await settleAll((isFirst ? others : lost).map(shut))
  return [...begun, ...shutting].filter((one) => one !== undefined)
}

/** Reads every end once, a page ahead of what is being applied. A bucket that fails is held no more. */
async function applyEnds(parts: RebuildParts, held: Map<number, Fenced>): Promise<number> {
  const list = (after: EndCursor | undefined) => parts.facts.listEnds(parts.clock.now(), after, pageSize)
  const apply = patiently(parts.applier(callShut(parts.buckets, held)), held)
  let ends = 0
  let page = held.size > 0 ? await list(undefined) : []
  while (page.length > 0) {
    const last = page.at(-1)
    const ours = [...byBucket(page, (bucket) => held.has(bucket))]
    const [next] = await Promise.all([page.length < pageSize ? [] : list(last), eachOf(ours, apply)])
    ends += ours.reduce((sum, [, some]) => sum + some.length, 0)
    page = next
    if (page.length > 0 && !(await claimLease(parts))) held.clear()
    if (held.size === 0) return 0
  }
  return ends
}

type EndsOfBucket = readonly [bucket: number, ends: readonly RecordedEnd[]]

/** Applying an end twice is applying it once: where there was no answer, it is tried again, but not for ever. */
function patiently(applyEnds: ApplyEnds, held: Map<number, Fenced>) {
  return async ([bucket, ends]: EndsOfBucket): Promise<void> => {
    for (let tries = 1; held.has(bucket); tries++) {
      try {
        return await applyEnds(bucket, ends)
      } catch (error) {
        if (error instanceof BucketLost || tries === mostTries) held.delete(bucket)
        else await wait(pause * tries)
      }
    }
  }
}

/** One after the other, a bounded number of them abreast. */
async function eachOf(all: readonly EndsOfBucket[], apply: (some: EndsOfBucket) => Promise<void>): Promise<void> {
  const rest = all.values()
  const work = async () => {
    for (const some of rest) await apply(some)
  }
  await Promise.all(Array.from({ length: abreast }, work))
}

async function open(parts: RebuildParts, fenced: Fenced): Promise<boolean> {
  const { buckets, memory, serverOf, believe } = parts
  const { bucket, epoch, fact, server } = fenced
  const seenAt = lastSeen(memory.findLast(bucket), fact)
  const writes = await buckets.open(bucket, fenced, { writes: fact.writes, seenAt, server })
  if (writes === undefined) return false
  memory.trust(bucket, { epoch, writes, seenAt })
  if (server !== '' && serverOf(bucket) === server) believe(server, [bucket])
  return true
}

/** The results of those that have one: what cannot be reached now stays in doubt, and keeps nobody else waiting. */
async function settleAll<A>(promises: readonly Promise<A>[]): Promise<readonly A[]> {
  const settled = await Promise.allSettled(promises)
  return settled.filter((one) => one.status === 'fulfilled').map(({ value }) => value)
}
