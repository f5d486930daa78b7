import { sqltag as sql } from '@prisma/client/runtime/client'
import type { Database } from './database.ts'
import { ensure } from './read-value.ts'

/** The clock of the PostgreSQL server, now and not at the start of a transaction. */
export async function serverTime(database: Database): Promise<Date> {
  const ask = sql`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "now"`
  const [row] = await database.run((tables) => tables.$queryRaw<readonly { readonly now: number }[]>(ask))
  ensure(row !== undefined && Number.isFinite(row.now), 'the time')
  return new Date(row.now)
}
