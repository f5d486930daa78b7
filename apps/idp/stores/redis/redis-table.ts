import { hash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Clock } from '#core/clock.ts'
import type { Json } from '#core/users/user.ts'
import type { RecordType } from '../memory/table.ts'
import { answerOf } from './connect.ts'
import { type NewHead, readRecord, type StoredRecord, writeRecord } from './record.ts'
import { findScript, keyMargin, prelude } from './scripts.ts'

/** Runs one script on one record: one round trip, atomic. */
export type Script = (type: RecordType, id: string, ...args: readonly (string | number)[]) => Promise<unknown>

/** Records in Redis. Every method is one round trip, and throws `Unavailable` where there is no answer. */
export type RedisTable = {
  /** Undefined where there is none or it is over, by Redis' own time. */
  find(type: RecordType, id: string): Promise<StoredRecord | undefined>
  /** Several looks at once, in the order of `keys`; whether they are over is for the caller to see. */
  findAll(keys: readonly (readonly [type: RecordType, id: string])[]): Promise<readonly (StoredRecord | undefined)[]>
  put(id: string, head: NewHead, body: Json): Promise<void>
  delete(type: RecordType, id: string): Promise<void>
  /** Makes a verb of a Lua text; `KEYS[1]` is the record's key, `ARGV[2]` the first of its arguments. */
  script(name: string, lua: string): Script
}

/**
 * A key's bucket is a hash tag, so that a record and what will be said about its bucket are on one node of a cluster.
 * 256 buckets, by the first byte of SHA-256 of the id: part of the stored format.
 */
export function keyOf(prefix: string, type: RecordType, id: string): string {
  return `${prefix}:{b${hash('sha256', id).slice(0, 2)}}:${type}:${id}`
}

/** Records under `prefix`, at the time that Redis' own clock and the clock's offset make. */
export function redisTable(redis: Redis, clock: Clock, prefix: string): RedisTable {
  const key = (type: RecordType, id: string) => keyOf(prefix, type, id)

  function script(name: string, lua: string): Script {
    redis.defineCommand(name, { numberOfKeys: 1, lua: prelude + lua })
    const command: (...args: readonly (string | number)[]) => Promise<unknown> = Reflect.get(redis, name)
    return (type, id, ...args) => answerOf(command.call(redis, key(type, id), clock.offset, ...args))
  }
  const findOne = script('signetFind', findScript)

  return {
    script,
    find: async (type, id) => {
      const text = await findOne(type, id, type)
      return typeof text === 'string' ? readRecord(text) : undefined
    },
    findAll: async (keys) => {
      const texts = await answerOf(
        getAll(
          redis,
          keys.map(([type, id]) => key(type, id)),
        ),
      )
      return texts.map((text) => (text === null ? undefined : readRecord(text)))
    },
    put: async (id, head, body) => {
      const expiry = Math.ceil(head.ends - clock.offset + keyMargin)
      await answerOf(redis.set(key(head.type, id), writeRecord(head, body), 'PXAT', expiry))
    },
    delete: async (type, id) => void (await answerOf(redis.del(key(type, id)))),
  }
}

async function getAll(redis: Redis, keys: readonly string[]): Promise<readonly (string | null)[]> {
  const pipeline = redis.pipeline()
  for (const key of keys) pipeline.get(key)
  const answers = (await pipeline.exec()) ?? []
  if (answers.length !== keys.length) throw new Error('the pipeline was cut off')
  return answers.map(([error, text]) => {
    if (error) throw error
    return typeof text === 'string' ? text : null
  })
}
