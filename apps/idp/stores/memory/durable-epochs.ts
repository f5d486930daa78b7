import { randomBytes } from 'node:crypto'
import { type BucketFact, bucketCount, type EpochStore } from '../epoch-store.ts'
import { laterOf } from './table.ts'

/** The epochs in memory. */
export function memoryEpochs(): EpochStore {
  let buckets: readonly BucketFact[] | undefined

  function change(bucket: number, epoch: number, parts: (before: BucketFact) => Partial<BucketFact>): boolean {
    const before = buckets?.[bucket]
    if (before?.epoch !== epoch) return false
    buckets = buckets?.with(bucket, { ...before, ...parts(before) })
    return true
  }

  const installation = randomBytes(4).toString('hex')
  return {
    installation: async () => installation,
    async list(now) {
      buckets ??= Array.from({ length: bucketCount }, (_, bucket) => ({ bucket, epoch: 1, writes: 0, seenAt: now }))
      return buckets
    },
    claim: async (moves) =>
      moves.filter(({ bucket, from, to }) => change(bucket, from, () => ({ epoch: to }))).map(({ bucket }) => bucket),
    async note(facts) {
      for (const { bucket, epoch, writes, seenAt } of facts) {
        change(bucket, epoch, (before) => ({
          writes: Math.max(writes, before.writes),
          seenAt: laterOf(seenAt, before.seenAt),
        }))
      }
    },
  }
}
