import { setTimeout as wait } from 'node:timers/promises'
import type { DurableStores } from '#stores/stores.ts'
import type { Database } from './database.ts'
import type { Tables } from './prisma-client.ts'

/** Rows that go at once, and milliseconds of rest after them: a year's rows must not keep whoever signs in waiting. */
const rowsAtOnce = 250
const rest = 25

/** Deletes at most `limit` rows of one table. */
type Deletion = (tables: Tables, limit: number) => Promise<{ readonly count: number }>

/**
 * Deletes what is older than its retention, in small batches. Several machines may do so at once, and any of them may
 * stop halfway: an aborted `signal` ends it after the batch that is under way.
 */
export async function purge(
  database: Database,
  ...[before, signal]: Parameters<DurableStores['purge']>
): Promise<void> {
  const over = { lt: before.facts }
  await inBatches(database, signal, [
    (tables, limit) => tables.sessionFact.deleteMany({ where: { expiresAt: over }, limit }),
    (tables, limit) => tables.familyFact.deleteMany({ where: { expiresAt: over }, limit }),
    // An end that the fast store does not know yet is needed, however old.
    (tables, limit) => tables.end.deleteMany({ where: { until: over, appliedAt: { not: null } }, limit }),
    (tables, limit) => tables.auditEvent.deleteMany({ where: { at: { lt: before.audit } }, limit }),
  ])
}

async function inBatches(
  database: Database,
  signal: AbortSignal | undefined,
  deletions: readonly Deletion[],
): Promise<void> {
  for (const deletion of deletions) {
    let isMore = true
    while (isMore && !signal?.aborted) {
      const { count } = await database.run((tables) => deletion(tables, rowsAtOnce))
      isMore = count === rowsAtOnce
      if (isMore) await wait(rest)
    }
  }
}
