import { bucketCount, type EpochStore } from '../epoch-store.ts'
import type { BucketMemory } from './bucket-memory.ts'
import type { Silence } from './watch-silence.ts'

/** Milliseconds after which SQL is told again that an idle bucket was alive. */
const noteIdleAfter = 10_000

/** Milliseconds after which even a bucket that takes writes all the time is beaten: a beat renews its life. */
const beatAfter = 60 * 60 * 1000

const allBuckets: readonly number[] = Array.from({ length: bucketCount }, (_, bucket) => bucket)

export type HeartbeatParts = {
  readonly memory: BucketMemory
  readonly silence: Silence
  readonly epochs: Pick<EpochStore, 'note'>
}

export type Heartbeat = {
  /**
   * A sign of life in every known bucket that has taken no write since the last beat, and once an hour in every one. So
   * an outage leaves its dates, a loss is noticed within two beats, and what other processes wrote is known here. While
   * some bucket is silent, and once after, every one is told. Answers how many known buckets did not answer.
   */
  beat(): Promise<number>
  /** One sign of life that is surely written; rejects where it cannot be. */
  insist(bucket: number): Promise<void>
  /** Tells SQL how far the buckets are, where it knows less: a few seconds late, and never back. */
  note(): Promise<void>
}

/** The heartbeat of one process; whoever opens it calls `beat` every second and `note` every two. */
export function heartbeat({ memory, silence, epochs }: HeartbeatParts): Heartbeat {
  const beaten = new Map<number, { readonly writes: number; readonly at: number }>()
  const noted = new Map<number, { readonly writes: number; readonly at: number }>()

  /** Whether a bucket is due: a write since the last beat was a sign of life by itself, but renewed nothing. */
  function isQuiet(bucket: number): boolean {
    const before = beaten.get(bucket)
    const { writes = 0, seenAt = new Date(0) } = memory.find(bucket) ?? {}
    const isDue = !before || writes <= before.writes || seenAt.getTime() >= before.at + beatAfter
    beaten.set(bucket, { writes, at: isDue ? seenAt.getTime() : before.at })
    return isDue
  }

  function isNews(bucket: number, { writes, at }: { writes: number; at: number }): boolean {
    const before = noted.get(bucket)
    return !before || writes > before.writes || at >= before.at + noteIdleAfter
  }

  return {
    async beat() {
      const known = allBuckets.filter((bucket) => memory.find(bucket))
      const quiet = known.filter(isQuiet)
      const asked = silence.isDue() ? known : quiet
      const settled = await Promise.allSettled(asked.map((bucket) => silence.beat(bucket, false)))
      if (asked.length === bucketCount && settled.every(({ status }) => status === 'fulfilled')) silence.settle()
      return asked.filter((bucket, at) => settled[at]?.status === 'rejected' && memory.find(bucket)).length
    },
    insist: (bucket) => silence.beat(bucket, true),
    async note() {
      const facts = allBuckets.flatMap((bucket) => {
        // What was seen of a bucket that is in doubt now is true all the same.
        const known = memory.findLast(bucket)
        const isDue = known && isNews(bucket, { writes: known.writes, at: known.seenAt.getTime() })
        return isDue ? [{ bucket, ...known }] : []
      })
      if (facts.length === 0) return
      await epochs.note(facts)
      for (const { bucket, writes, seenAt } of facts) noted.set(bucket, { writes, at: seenAt.getTime() })
    },
  }
}
