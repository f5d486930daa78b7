import { bucketCount } from '../epoch-store.ts'
import { beatScript } from './bucket-scripts.ts'
import { type BucketCall, bucketKeyOf } from './redis-table.ts'
import { awayAfter } from './scripts.ts'

const allBuckets: readonly number[] = Array.from({ length: bucketCount }, (_, bucket) => bucket)

export type SilenceParts = {
  readonly call: BucketCall
  readonly prefix: string
  /** Milliseconds from some moment on, which no setting of a clock changes. */
  readonly elapsed: () => number
}

/** What this process could not be answered. Times are milliseconds. */
export type Silence = {
  /** As the calls that it was made of, but that a bucket that was silent is told so before anything else is asked of it. */
  readonly call: BucketCall
  /** One sign of life, which tells of the silence where there was one; rejects where it is not acknowledged. */
  beat(bucket: number, insists: boolean): Promise<void>
  /** Whether some bucket is silent, or was, so that every one must be told. A round of beats begins with asking this. */
  isDue(): boolean
  /** Every bucket was told in the round that `isDue` began. */
  settle(): void
}

/**
 * An outage that no bucket can see by itself: it is alive, and this process has no acknowledged answer from it, or from
 * another one that every refresh needs. Honest clients come back until it is over, so it counts as an outage of every
 * bucket. Those that can be reached are told while it lasts, since whoever comes back may come back to another process.
 */
export function watchSilence({ call, prefix, elapsed }: SilenceParts): Silence {
  const opened = elapsed()
  const heard = new Map<number, number>()
  let since: number | undefined
  let told: number | undefined

  const lastHeard = (bucket: number) => heard.get(bucket) ?? opened
  const isLong = (from: number) => elapsed() - from >= awayAfter

  function mind(from: number): void {
    if (isLong(from)) since = Math.min(since ?? from, from)
  }

  function hear(bucket: number): void {
    mind(lastHeard(bucket))
    heard.set(bucket, elapsed())
  }

  async function beat(bucket: number, insists: boolean): Promise<void> {
    mind(lastHeard(bucket))
    const silent = since === undefined ? 0 : Math.round(elapsed() - since)
    const key = bucketKeyOf(prefix, bucket)
    await call(bucket, beatScript, [key, key], [insists ? 1 : 0, silent])
    hear(bucket)
  }

  return {
    async call(bucket, script, keys, args) {
      if (isLong(lastHeard(bucket))) await beat(bucket, true)
      const answer = await call(bucket, script, keys, args)
      hear(bucket)
      return answer
    },
    beat,
    isDue() {
      mind(Math.min(...allBuckets.map(lastHeard)))
      told = since
      return since !== undefined
    },
    settle() {
      if (since === told) since = undefined
    },
  }
}
