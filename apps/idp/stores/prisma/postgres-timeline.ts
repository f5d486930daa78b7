import type { ClientBase } from 'pg'

/** A history of writes: which cluster's, and how often a standby of it was promoted. */
type Timeline = { readonly system: string; readonly number: number }

/**
 * Tells whether a server that can be written to was replaced by one that this process has been at: a promotion begins a
 * new timeline, and the primary from before, when it comes back, goes on with the old one. Where a service hides these
 * numbers, nothing was replaced. Why: docs/decisions/0031.
 */
export function replacedPrimaries(): (client: ClientBase, patience: number) => Promise<boolean> {
  let newest: Timeline | undefined
  return async (client, patience) => {
    const asked = client.query<Timeline>({ text: ask, ...{ query_timeout: patience } })
    const found = await asked.then(
      ({ rows }) => rows[0],
      () => undefined,
    )
    if (!found) return false
    if (found.system === newest?.system && found.number < newest.number) return true
    newest = found
    return false
  }
}

const ask = `SELECT system_identifier::text AS system,
  ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int AS number FROM pg_control_system()`
