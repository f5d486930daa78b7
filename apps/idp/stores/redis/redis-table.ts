import { hash } from 'node:crypto'
import type { RecordType } from '../memory/table.ts'
import { letterOf } from './record.ts'
import type { Script } from './servers/redis-servers.ts'

export type Argument = string | number

/** Runs a script on keys of one bucket, under the epoch that the bucket must have; answers what its verb answers. */
export type BucketCall = (
  bucket: number,
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
) => Promise<unknown>

/** Runs one script on one record: one round trip, atomic. Throws `Unavailable` where there is no answer. */
export type Verb = (type: RecordType, id: string, ...args: readonly Argument[]) => Promise<unknown>

/** Records in Redis: makes verbs of scripts. `KEYS` are the record's and its bucket's; arguments begin at `ARGV[4]`. */
export type RedisTable = (script: Script) => Verb

/** Records under a prefix, reached by `call`. */
export function redisTable(call: BucketCall, prefix: string): RedisTable {
  return (script) =>
    (type, id, ...args) => {
      const bucket = bucketOf(id)
      const tag = tagOf(prefix, bucket)
      return call(bucket, script, [`${tag}:${letterOf[type]}:${id}`, `${tag}:bucket`], args)
    }
}

/** The bucket of an id: the first byte of its SHA-256. Part of the stored format. */
export function bucketOf(id: string): number {
  return hash('sha256', id, 'buffer')[0] ?? 0
}

/** The key of a record. Its bucket is a hash tag, so that both are on one node of a cluster. */
export function keyOf(prefix: string, type: RecordType, id: string): string {
  return `${tagOf(prefix, bucketOf(id))}:${letterOf[type]}:${id}`
}

/** The key of what is known of a bucket. */
export function bucketKeyOf(prefix: string, bucket: number): string {
  return `${tagOf(prefix, bucket)}:bucket`
}

function tagOf(prefix: string, bucket: number): string {
  return `${prefix}:{b${bucket.toString(16).padStart(2, '0')}}`
}
