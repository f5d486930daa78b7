import type { DurableStores } from '#stores/stores.ts'
import type { Database } from './database.ts'

/** Rows that go at once: a trail of a year must not keep other writers, or SQLite's event loop, waiting. */
const rowsAtOnce = 1000

/** Deletes what is older than its retention. Several machines may do so at once, and any of them may stop halfway. */
export async function purge(database: Database, before: Parameters<DurableStores['purge']>[0]): Promise<void> {
  const over = { lt: before.facts }
  await database.run((tables) => tables.sessionFact.deleteMany({ where: { expiresAt: over } }))
  await database.run((tables) => tables.familyFact.deleteMany({ where: { expiresAt: over } }))
  // An end that the fast store does not know yet is needed, however old.
  await database.run((tables) => tables.end.deleteMany({ where: { until: over, appliedAt: { not: null } } }))
  while ((await purgeTrail(database, before.audit)) === rowsAtOnce);
}

async function purgeTrail(database: Database, before: Date): Promise<number> {
  const query = { where: { at: { lt: before } }, select: { id: true }, take: rowsAtOnce } as const
  const ids = (await database.run((tables) => tables.auditEvent.findMany(query))).map((row) => row.id)
  if (ids.length > 0) await database.run((tables) => tables.auditEvent.deleteMany({ where: { id: { in: ids } } }))
  return ids.length
}
