import { hash, randomBytes } from 'node:crypto'
import type { Script } from '#stores/redis/servers/redis-servers.ts'

/** Makes a script of a Lua text. */
export function script(lua: string, { writes = true } = {}): Script {
  return { name: 'test', lua, digest: hash('sha1', lua), writes }
}

/** Counts in the record and in its bucket, and answers both: how often it ran is seen. */
export const count = script("return {redis.call('HINCRBY', KEYS[1], 'n', 1), redis.call('HINCRBY', KEYS[2], 'w', 1)}")
export const look = script("return redis.call('HGET', KEYS[1], 'n') or '0'", { writes: false })

/** The keys of a record and its bucket. */
export function keysOf(prefix: string, bucket: number, id = randomBytes(6).toString('hex')): readonly [string, string] {
  const tag = `${prefix}:{b${bucket.toString(16).padStart(2, '0')}}`
  return [`${tag}:test:${id}`, `${tag}:bucket`]
}
