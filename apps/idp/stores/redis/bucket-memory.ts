import { bucketCount } from '../epoch-store.ts'

/** What this process knows of a bucket in Redis. */
export type KnownBucket = {
  readonly epoch: number
  /** The greatest count of writes that it was told of. A bucket that has fewer has lost some. */
  readonly writes: number
  /** When it last answered, by Redis' clock; before that, what SQL was told of it. */
  readonly seenAt: Date
}

/** Per process, what its buckets in Redis must be at least. Begins with knowing nothing. */
export type BucketMemory = {
  /** Undefined where it is in doubt: nothing may be asked of that bucket until it is known. */
  find(bucket: number): KnownBucket | undefined
  /** The last that was known, in doubt or not. */
  findLast(bucket: number): KnownBucket | undefined
  /** An answer under an epoch. Within one epoch writes only rise. */
  learn(bucket: number, answer: KnownBucket): void
  /**
   * As `learn`, where it is certain that this is the memory that SQL calls the true one: the bucket may be used. Of a
   * bucket that is in doubt nothing else is believed any more, whatever its epoch was: SQL may come from a backup.
   */
  trust(bucket: number, answer: KnownBucket): void
  /** Notes that an epoch of a bucket has lost writes: it is in doubt, and never trusted under that epoch again. */
  condemn(bucket: number, epoch: number): void
  isCondemned(bucket: number, epoch: number): boolean
  /** Puts a bucket in doubt, unless it is known under another epoch meanwhile. */
  doubt(bucket: number, epoch: number): void
  listDoubtful(): readonly number[]
}

/** Knowledge of the buckets, empty. */
export function bucketMemory(): BucketMemory {
  const last = new Map<number, KnownBucket>()
  const condemned = new Map<number, number>()
  const doubtful = new Set(Array.from({ length: bucketCount }, (_, bucket) => bucket))
  function learn(bucket: number, answer: KnownBucket): void {
    const before = last.get(bucket)
    // The late answer of an earlier epoch tells nothing.
    if (before && before.epoch > answer.epoch) return
    const writes = before?.epoch === answer.epoch ? Math.max(before.writes, answer.writes) : answer.writes
    last.set(bucket, { ...answer, writes })
  }

  return {
    find: (bucket) => (doubtful.has(bucket) ? undefined : last.get(bucket)),
    findLast: (bucket) => last.get(bucket),
    learn,
    trust(bucket, answer) {
      if (doubtful.has(bucket) && last.get(bucket)?.epoch !== answer.epoch) last.set(bucket, answer)
      else learn(bucket, answer)
      if (last.get(bucket)?.epoch !== answer.epoch) return
      doubtful.delete(bucket)
      condemned.delete(bucket)
    },
    condemn(bucket, epoch) {
      if (last.get(bucket)?.epoch !== epoch) return
      doubtful.add(bucket)
      condemned.set(bucket, epoch)
    },
    isCondemned: (bucket, epoch) => condemned.get(bucket) === epoch,
    doubt(bucket, epoch) {
      if (last.get(bucket)?.epoch === epoch) doubtful.add(bucket)
    },
    listDoubtful: () => [...doubtful],
  }
}
