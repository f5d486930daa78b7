import type { Clock } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { condemnScript, fenceScript, markScript, openScript, probeScript, readMarkScript } from './bucket-scripts.ts'
import { type Argument, type BucketCall, bucketKeyOf } from './redis-table.ts'
import { type RedisServers, type Script, ScriptRefusal } from './servers/redis-servers.ts'

/** A bucket as Redis has it. `epoch` is negative while it is being rebuilt, 0 where there is nothing. */
export type FoundBucket = {
  readonly epoch: number
  readonly writes: number
  /** Whose it is; empty where there is nothing. */
  readonly installation: string
}

/** The script found another memory than it was told to expect, and did nothing. */
export class BucketLost extends Error {
  readonly found: Pick<FoundBucket, 'epoch' | 'writes'>

  constructor(found: Pick<FoundBucket, 'epoch' | 'writes'>) {
    super(`the bucket has epoch ${found.epoch} and ${found.writes} writes`)
    this.found = found
  }
}

/** What is known of a bucket that is about to be opened, beside what it has itself. */
export type Last = { readonly writes: number; readonly seenAt: Date; readonly server: string }

/** What a bucket answers, and when it did: by Redis' clock, whatever that of this machine shows. */
export type Reply = { readonly writes: number; readonly seenAt: Date; readonly answer: unknown }

/** What a script expects of its bucket. */
export type Expected = { readonly epoch: number; readonly writes: number }

/** The buckets in Redis. Every method is one round trip, and throws `Unavailable` where there is no answer. */
export type BucketServers = {
  /** Runs a script of a store under an expectation. Throws {@link BucketLost} where it is not met. */
  ask(bucket: number, expected: Expected, asked: Asked): Promise<Reply>
  probe(bucket: number): Promise<FoundBucket>
  /** Shuts a bucket under an epoch that is greater than any it had; false where it is not, or is another's. */
  fence(bucket: number, epoch: number, installation: string): Promise<boolean>
  /** Shuts a bucket that was seen to have lost writes in this epoch. */
  condemn(bucket: number, epoch: number): Promise<void>
  /** The identity of the server that this bucket was last brought up to date on; empty where there was none. */
  mark(bucket: number): Promise<string>
  setMark(bucket: number, server: string): Promise<void>
  /**
   * Opens a bucket that is still as `shut` says, and answers its writes: more than `last` has. Undefined where it is not
   * so any more. Its latest outage is from the date of `last` until now; it is marked as up to date on a server.
   */
  open(bucket: number, shut: Shut, last: Last): Promise<number | undefined>
}

/** A script of a store, with its keys and its own arguments. */
export type Asked = {
  readonly script: Script
  readonly keys: readonly string[]
  readonly args: readonly Argument[]
}

/** The buckets under a prefix. */
export function bucketServers(servers: RedisServers, prefix: string, clock: Clock): BucketServers {
  const run = (bucket: number, { script, keys, args }: Asked) =>
    servers.run(bucket, script, keys, args).catch((error: unknown) => {
      throw translate(error)
    })
  const runOnBucket = (bucket: number, script: Script, ...args: readonly Argument[]) =>
    run(bucket, { script, keys: [bucketKeyOf(prefix, bucket)], args })

  return {
    async ask(bucket, { epoch, writes: least }, { script, keys, args }) {
      const reply = await run(bucket, { script, keys, args: [clock.offset, epoch, least, ...args] })
      const [writes, seenAt, answer] = reply as readonly [number, number, unknown]
      return { writes, seenAt: new Date(seenAt), answer }
    },
    async probe(bucket) {
      const [epoch, writes, installation] = (await runOnBucket(bucket, probeScript)) as [string, string, string]
      return { epoch: Number(epoch), writes: Number(writes), installation }
    },
    fence: async (bucket, epoch, installation) => (await runOnBucket(bucket, fenceScript, epoch, installation)) === 1,
    condemn: async (bucket, epoch) => void (await runOnBucket(bucket, condemnScript, epoch)),
    mark: async (bucket) => String(await runOnBucket(bucket, readMarkScript)),
    setMark: async (bucket, server) => void (await runOnBucket(bucket, markScript, server)),
    async open(bucket, shut, last) {
      const args = [clock.offset, shut.epoch, shut.writes, last.writes, last.seenAt.getTime(), last.server]
      const answer = await runOnBucket(bucket, openScript, ...args)
      return typeof answer === 'number' ? answer : undefined
    },
  }
}

/**
 * Calls to buckets that are shut, by whoever rebuilds them: `expected` says under which epoch, and is told of the writes
 * as they rise, so that a loss in the middle of it is noticed too.
 */
export function callShut(buckets: BucketServers, expected: ReadonlyMap<number, Shut>): BucketCall {
  return async (bucket, script, keys, args) => {
    const shut = expected.get(bucket)
    if (!shut) throw new BucketLost({ epoch: 0, writes: 0 })
    const { writes, answer } = await buckets.ask(bucket, { ...shut, epoch: -shut.epoch }, { script, keys, args })
    shut.writes = Math.max(shut.writes, writes)
    return answer
  }
}

/** A bucket that is shut: the epoch that it will have, and how many writes it has taken. */
export type Shut = { readonly epoch: number; writes: number }

/** Only the message of an error goes on: arguments of a script have no business in a log. */
function translate(error: unknown): unknown {
  if (!(error instanceof ScriptRefusal)) return error
  const [, epoch, writes] = /^LOST (-?\d+) (\d+)/.exec(error.message) ?? []
  if (epoch !== undefined) return new BucketLost({ epoch: Number(epoch), writes: Number(writes) })
  return new Unavailable('a script failed in Redis', { cause: new Error(error.message) })
}
