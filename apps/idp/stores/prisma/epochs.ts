import { randomInt } from 'node:crypto'
import { join, type Sql, sqltag as sql } from '@prisma/client/runtime/client'
import { type BucketFact, bucketCount, type EpochStore } from '../epoch-store.ts'
import type { Database } from './database.ts'
import { ensure, readNumber } from './read-value.ts'

/** The epochs in SQL: one row per bucket. */
export function prismaEpochs(database: Database): EpochStore {
  const read = () => database.run((tables) => tables.bucket.findMany({ orderBy: { bucket: 'asc' } }))

  return {
    async installation() {
      // 31 bits, which is what a counter holds; the first one stays.
      const choose = sql`
        INSERT INTO "Counter" ("name", "value") VALUES ('installation', ${randomInt(1, 2 ** 31)}) ON CONFLICT DO NOTHING`
      const where = { name: 'installation' }
      const find = () => database.run((tables) => tables.counter.findUnique({ where }))
      const known = await find()
      if (known === null) await database.run((tables) => tables.$executeRaw(choose))
      const row = known ?? (await find())
      ensure(row !== null, 'which installation this is')
      return row.value.toString(16).padStart(8, '0')
    },

    async list(now) {
      const rows = await read()
      if (rows.length === bucketCount) return rows.map(readBucket)
      const added = Array.from({ length: bucketCount }, (_, bucket) => sql`(${bucket}, 1, 0, ${now})`)
      const add = sql`INSERT INTO "Bucket" ("bucket", "epoch", "writes", "seenAt") VALUES ${join(added)} ON CONFLICT DO NOTHING`
      await database.run((tables) => tables.$executeRaw(add))
      return (await read()).map(readBucket)
    },

    async claim(moves) {
      if (moves.length === 0) return []
      const rows = await database.run((tables) => tables.$queryRaw<readonly Moved[]>(move(moves)))
      return rows.map(({ bucket }) => readNumber(bucket, 'the number of a bucket'))
    },

    async note(facts) {
      if (facts.length > 0) await database.run((tables) => tables.$executeRaw(raise(facts, database)))
    },
  }
}

type Moved = { readonly bucket: unknown }
type Moves = Parameters<EpochStore['claim']>[0]

/** One statement, so that of two who move one bucket the second finds it moved. */
function move(moves: Moves): Sql {
  const values = moves.map(({ bucket, from, to }) => sql`(${bucket}, ${from}, ${to})`)
  return sql`
    WITH "moves" ("number", "from", "to") AS (VALUES ${join(values)})
    UPDATE "Bucket" SET "epoch" = CAST("to" AS INTEGER) FROM "moves"
    WHERE "bucket" = CAST("number" AS INTEGER) AND "epoch" = CAST("from" AS INTEGER)
    RETURNING "bucket"`
}

function raise(facts: readonly BucketFact[], { date }: Database): Sql {
  const values = facts.map((fact) => sql`(${fact.bucket}, ${fact.epoch}, ${BigInt(fact.writes)}, ${date(fact.seenAt)})`)
  const [written, seen] = [sql`CAST("written" AS BIGINT)`, sql`"seen"`]
  return sql`
    WITH "facts" ("number", "under", "written", "seen") AS (VALUES ${join(values)})
    UPDATE "Bucket" SET
      "writes" = CASE WHEN "writes" < ${written} THEN ${written} ELSE "writes" END,
      "seenAt" = CASE WHEN "seenAt" < ${seen} THEN ${seen} ELSE "seenAt" END
    FROM "facts" WHERE "bucket" = CAST("number" AS INTEGER) AND "epoch" = CAST("under" AS INTEGER)`
}

function readBucket(row: { bucket: number; epoch: number; writes: bigint; seenAt: Date }): BucketFact {
  const writes = Number(row.writes)
  ensure(Number.isSafeInteger(writes), `the writes of bucket ${row.bucket}`)
  return { ...row, writes }
}
