import { randomUUID } from 'node:crypto'
import type { Clock } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { FactStore } from '#core/tokens/fact-store.ts'
import { bucketCount, type EpochStore } from '../epoch-store.ts'
import type { LeaseStore } from '../lease-store.ts'
import { endsApplier } from './apply-ends.ts'
import { bucketMemory } from './bucket-memory.ts'
import { bucketServers } from './bucket-servers.ts'
import { epochCalls } from './epochs.ts'
import { heartbeat } from './heartbeat.ts'
import { newcomers } from './newcomers.ts'
import { type RebuildEvent, rebuilder } from './rebuild.ts'
import { type BucketCall, type RedisTable, redisTable } from './redis-table.ts'
import type { RedisServers } from './servers/redis-servers.ts'
import { watchSilence } from './watch-silence.ts'

export type BucketKeeping = {
  readonly servers: RedisServers
  readonly prefix: string
  readonly clock: Clock
  readonly epochs: EpochStore
  readonly leases: LeaseStore
  readonly facts: Pick<FactStore, 'listEnds'>
  /** What an operator should know. */
  readonly report?: (event: RebuildEvent) => void
  /** Milliseconds that go on whatever becomes of the clock: the machine's own unless told. */
  readonly elapsed?: () => number
}

/** The buckets of one process: calls to them, and the work that keeps them known. Nothing runs but by these. */
export type KeptBuckets = {
  readonly table: RedisTable
  /** One round of making known what is in doubt. Never two at once: who comes meanwhile gets the one under way. */
  attempt(): Promise<void>
  beat(): Promise<void>
  note(): Promise<void>
  /** How many buckets nothing can be asked of now. */
  rebuilding(): number
  /** Rejects where a bucket is not known, did not answer the last beat, or takes no writes now. */
  check(): Promise<void>
}

/** Wires what keeps the buckets; `wake` is told when one is lost. */
export function keepBuckets(keeping: BucketKeeping, wake: () => void): KeptBuckets {
  const { servers, prefix, clock, epochs, leases, facts } = keeping
  let isForeign = false
  const report = (event: RebuildEvent) => {
    isForeign = event.event === 'redis.foreign'
    keeping.report?.(event)
  }
  const memory = bucketMemory()
  const buckets = bucketServers(servers, prefix, clock)
  const knowing = epochCalls({ memory, buckets, epochs, clock, onLost: wake })
  const applier = (call: BucketCall) => endsApplier(call, prefix)
  const parts = { memory, buckets, epochs, leases, facts, clock, applier, holder: randomUUID(), report }
  const welcoming = newcomers({ ...parts, servers, call: knowing, onStranger: wake })
  const silence = watchSilence({ call: welcoming.call, prefix, elapsed: keeping.elapsed ?? (() => performance.now()) })
  const heart = heartbeat({ memory, silence, epochs })
  const rebuild = rebuilder({ ...parts, serverOf: servers.serverOf, believe: welcoming.believe })
  const rebuilding = () => memory.listDoubtful().length + welcoming.waiting()
  let silent = 0
  let asked = 0
  return {
    table: redisTable(silence.call, prefix),
    attempt: oneAtATime(async () => {
      // What failed in the one keeps nothing waiting in the other.
      await rebuild().finally(welcoming.attempt)
    }),
    beat: oneAtATime(async () => {
      silent = await heart.beat()
    }),
    note: oneAtATime(heart.note),
    rebuilding,
    async check() {
      if (rebuilding() > 0 && isForeign) throw new Unavailable('the keys in Redis belong to another database')
      if (rebuilding() > 0) throw new Unavailable(`${rebuilding()} of ${bucketCount} buckets are being rebuilt`)
      if (silent > 0) throw new Unavailable(`${silent} of ${bucketCount} buckets in Redis do not answer`)
      asked = (asked + 1) % bucketCount
      await heart.insist(asked)
    },
  }
}

function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= work().finally(() => {
      running = undefined
    })
    return running
  }
}
