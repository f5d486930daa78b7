import type { Clock } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { BucketFact, EpochStore } from '../epoch-store.ts'
import type { BucketMemory, KnownBucket } from './bucket-memory.ts'
import { type Asked, BucketLost, type BucketServers } from './bucket-servers.ts'
import type { BucketCall } from './redis-table.ts'

export type EpochParts = {
  readonly memory: BucketMemory
  readonly buckets: BucketServers
  readonly epochs: EpochStore
  readonly clock: Clock
  /** Told at once when a bucket has lost its memory, so that somebody rebuilds it. */
  readonly onLost: (bucket: number) => void
}

/**
 * Calls that believe no bucket but the one that SQL calls the true one. Where Redis has another memory, or fewer writes
 * than this process has been told of, nothing has run: the epochs are read again, and where the bucket was only rebuilt
 * by somebody else, it is asked once more. Else it is in doubt, and `Unavailable` until it is known again.
 */
export function epochCalls({ memory, buckets, epochs, clock, onLost }: EpochParts): BucketCall {
  const reload = shared(() => epochs.list(clock.now()))

  async function ask(bucket: number, known: KnownBucket, asked: Asked): Promise<unknown> {
    const { writes, seenAt, answer } = await buckets.ask(bucket, known, asked)
    memory.learn(bucket, { epoch: known.epoch, writes, seenAt })
    return answer
  }

  /** What the bucket is known to be by now, where somebody else has rebuilt it. */
  async function settle(bucket: number, asked: KnownBucket, { found }: BucketLost): Promise<KnownBucket | undefined> {
    if (found.epoch === asked.epoch) {
      memory.condemn(bucket, asked.epoch)
      // Told at once, and to Redis: SQL may be away, and whoever does not know of the loss would go on in this memory.
      await buckets.condemn(bucket, asked.epoch).catch(noMatter)
    } else memory.doubt(bucket, asked.epoch)
    const known = memory.find(bucket)
    if (known) return known
    const fact = (await reload())[bucket]
    if (fact && fact.epoch > asked.epoch && isThatMemory(found, fact))
      memory.trust(bucket, { ...found, seenAt: fact.seenAt })
    return memory.find(bucket)
  }

  return async (bucket, script, keys, args) => {
    const known = memory.find(bucket)
    if (!known) throw rebuilding()
    const asked = { script, keys, args }
    try {
      return await ask(bucket, known, asked)
    } catch (error) {
      if (!(error instanceof BucketLost)) throw error
      const settled = await settle(bucket, known, error).finally(() => {
        if (!memory.find(bucket)) onLost(bucket)
      })
      if (!settled) throw rebuilding()
      return ask(bucket, settled, asked).catch((again) => {
        throw again instanceof BucketLost ? rebuilding() : again
      })
    }
  }
}

/** Whether a bucket of Redis is the memory that SQL knows, whole. */
export function isThatMemory(found: { epoch: number; writes: number }, fact: BucketFact): boolean {
  return found.epoch === fact.epoch && found.writes >= fact.writes
}

function rebuilding(): Unavailable {
  return new Unavailable('Redis has lost a part of its memory, which is being rebuilt', { retryAfter: 1 })
}

/** One asking at a time: who comes while it is under way waits for the next one, since this one may know too little. */
function shared<A>(ask: () => Promise<A>): () => Promise<A> {
  let running: Promise<A> | undefined
  let next: Promise<A> | undefined
  const begin = (): Promise<A> => {
    running = ask().finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (!running) return begin()
    next ??= running.then(noMatter, noMatter).then(() => {
      next = undefined
      return begin()
    })
    return next
  }
}

const noMatter = () => {}
