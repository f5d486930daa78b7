import { type Clock, later } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { EndCursor, FactStore, RecordedEnd } from '#core/tokens/fact-store.ts'
import { bucketCount } from '../epoch-store.ts'
import type { LeaseStore } from '../lease-store.ts'
import { type ApplyEnds, byBucket } from './apply-ends.ts'
import type { BucketMemory } from './bucket-memory.ts'
import { beatScript } from './bucket-scripts.ts'
import type { BucketServers } from './bucket-servers.ts'
import type { BucketCall } from './redis-table.ts'
import type { RedisServers } from './servers/redis-servers.ts'

/** Seconds: what is older has long been in every replica and every file. */
const recent = 10 * 60

/** Seconds that the lease lasts; it is renewed with every page. How many ends are read at once. */
const leaseLife = 10
const pageSize = 5000

const allBuckets: readonly number[] = Array.from({ length: bucketCount }, (_, bucket) => bucket)

export type NewcomerParts = {
  readonly servers: Pick<RedisServers, 'serverOf'>
  readonly memory: BucketMemory
  readonly buckets: BucketServers
  /** Calls that know of epochs and not of newcomers. */
  readonly call: BucketCall
  readonly leases: LeaseStore
  readonly facts: Pick<FactStore, 'listEnds'>
  readonly clock: Clock
  readonly applier: (call: BucketCall) => ApplyEnds
  readonly holder: string
  /** Told when somebody asked in vain. */
  readonly onStranger: () => void
}

/** Which servers are believed in which buckets. */
export type Newcomers = {
  /** As `call`, and `Unavailable` where the bucket is on a server that has not been brought up to date. */
  readonly call: BucketCall
  /** How many known buckets wait for that. */
  waiting(): number
  /** Brings up to date what waits. Whatever fails waits for the next round. */
  attempt(): Promise<void>
  /** Notes that all that ended was applied to a bucket on a server. */
  believe(server: string, these: readonly number[]): void
}

/**
 * A server that was started again, or took over, may lack what only a process that has died was told of: the count of
 * writes does not show it. So what ended lately is applied again before it is believed, by one process, which leaves a
 * mark: the server's identity, which no copy of its memory has for its own, nor itself once it was replaced. A bucket
 * that moves between servers that are believed is believed.
 */
export function newcomers(parts: NewcomerParts): Newcomers {
  const { servers, memory, buckets, call, leases, holder } = parts
  const believed = new Map<number, string>()
  const known = new Set<string>()

  function isBelieved(bucket: number, server: string): boolean {
    if (believed.get(bucket) === server) return true
    if (!believed.has(bucket) || !known.has(server)) return false
    believed.set(bucket, server)
    return true
  }

  /** Buckets that may be asked otherwise, by the server that they wait for. */
  function listWaiting(): ReadonlyMap<string, readonly number[]> {
    const waiting = allBuckets.filter((bucket) => {
      const server = memory.find(bucket) && servers.serverOf(bucket)
      return server !== undefined && !isBelieved(bucket, server)
    })
    return Map.groupBy(waiting, (bucket) => servers.serverOf(bucket) ?? '')
  }

  function believe(server: string, these: readonly number[]): void {
    known.add(server)
    for (const bucket of these) believed.set(bucket, server)
  }

  async function welcome(server: string, these: readonly number[]): Promise<void> {
    const marks = await Promise.all(these.map((bucket) => buckets.mark(bucket)))
    const done = these.filter((_, at) => marks[at] === server)
    if (done.length > 0) believe(server, done)
    const left = these.filter((_, at) => marks[at] !== server)
    if (left.length === 0 || !(await claimLease(parts))) return
    try {
      if (!(await applyRecent(parts, new Set(left)))) return
      await Promise.all(left.map((bucket) => buckets.setMark(bucket, server)))
      // Where it was another one meanwhile, it has the mark of this one, which says nothing there.
      believe(server, left)
    } finally {
      await leases.end('newcomers', holder)
    }
  }

  return {
    async call(bucket, script, keys, args) {
      // A sign of life says nothing that anybody would believe.
      if (script === beatScript) return call(bucket, script, keys, args)
      const isStrange = (server: string | undefined) => server === undefined || !isBelieved(bucket, server)
      const before = servers.serverOf(bucket)
      if (before !== undefined && memory.find(bucket) && isStrange(before)) return turnAway()
      const answer = await call(bucket, script, keys, args)
      return isStrange(servers.serverOf(bucket)) ? turnAway() : answer
    },
    believe,
    waiting: () => [...listWaiting().values()].flat().length,
    async attempt() {
      // What is lost may be found whole by somebody else: then it is as good as new.
      for (const bucket of memory.listDoubtful()) believed.delete(bucket)
      await Promise.all([...listWaiting()].map(([server, these]) => welcome(server, these)))
    },
  }

  function turnAway(): never {
    parts.onStranger()
    throw new Unavailable('Redis is being told of what has ended lately', { retryAfter: 1 })
  }
}

function claimLease({ leases, clock, holder }: NewcomerParts): Promise<boolean> {
  const now = clock.now()
  return leases.claim('newcomers', holder, { now, until: later(now, leaseLife) })
}

/** Whether it came to the end: another process goes on where this one was too slow. */
async function applyRecent(parts: NewcomerParts, held: ReadonlySet<number>): Promise<boolean> {
  const { facts, clock, applier, call } = parts
  const apply = applier(call)
  const now = clock.now()
  let after: EndCursor | undefined
  for (;;) {
    const page: readonly RecordedEnd[] = await facts.listEnds(now, after, pageSize, later(now, -recent))
    const ours = [...byBucket(page, (bucket) => held.has(bucket))]
    await Promise.all(ours.map(([bucket, ends]) => apply(bucket, ends)))
    if (page.length < pageSize) return true
    if (!(await claimLease(parts))) return false
    after = page.at(-1)
  }
}
