import { setTimeout as wait } from 'node:timers/promises'
import { type Sql, sqltag as sql } from '@prisma/client/runtime/client'
import type { DurableStores } from '#stores/stores.ts'
import { leftCloser } from './close-older.ts'
import type { Database } from './database.ts'

/** Rows that go at once, and milliseconds of rest after them: a year's rows must not keep whoever signs in waiting. */
const rowsAtOnce = 250
const rest = 25

/** What of one table is over, by the column that has an index for it. */
type Deletion = { readonly table: Sql; readonly key: Sql; readonly over: Sql; readonly oldest: Sql }

/**
 * Deletes what is older than its retention, in small batches, and closes what a process that died has left open of an end
 * by version. Several machines may do so at once, and any of them may stop halfway: an aborted `signal` ends it after
 * the batch that is under way.
 */
export function purger(database: Database): DurableStores['purge'] {
  const closeWhatIsLeft = leftCloser(database)
  return async (before, signal) => {
    await inBatches(database, signal, deletions(database, before))
    if (!signal?.aborted) await closeWhatIsLeft(signal)
  }
}

function deletions({ date }: Database, before: Parameters<DurableStores['purge']>[0]): readonly Deletion[] {
  const [facts, trail] = [sql`< ${date(before.facts)}`, sql`< ${date(before.audit)}`]
  const [id, expiresAt, until, at] = [sql`"id"`, sql`"expiresAt"`, sql`"until"`, sql`"at"`]
  return [
    { table: sql`"SessionFact"`, key: id, over: sql`${expiresAt} ${facts}`, oldest: expiresAt },
    { table: sql`"FamilyFact"`, key: id, over: sql`${expiresAt} ${facts}`, oldest: expiresAt },
    // An end that the fast store does not know yet is needed, however old.
    {
      table: sql`"End"`,
      key: sql`"kind", "id", "version"`,
      over: sql`${until} ${facts} AND "appliedAt" IS NOT NULL`,
      oldest: until,
    },
    { table: sql`"LogoutNotice"`, key: sql`"sid", "clientId"`, over: sql`${at} ${facts}`, oldest: at },
    { table: sql`"InitialToken"`, key: id, over: sql`${expiresAt} ${facts}`, oldest: expiresAt },
    { table: sql`"AuditEvent"`, key: id, over: sql`${at} ${trail}`, oldest: at },
  ]
}

async function inBatches(
  database: Database,
  signal: AbortSignal | undefined,
  deletions: readonly Deletion[],
): Promise<void> {
  for (const deletion of deletions) {
    let isMore = true
    while (isMore && !signal?.aborted) {
      const count = await database.run((tables) => tables.$executeRaw(deleteOldest(deletion)))
      isMore = count === rowsAtOnce
      if (isMore) await wait(rest)
    }
  }
}

/** The order makes the database go by the index, and not look again at what the batches before have deleted. */
function deleteOldest({ table, key, over, oldest }: Deletion): Sql {
  return sql`
    DELETE FROM ${table} WHERE (${key}) IN (
      SELECT ${key} FROM ${table} WHERE ${over} ORDER BY ${oldest} LIMIT ${rowsAtOnce})`
}
