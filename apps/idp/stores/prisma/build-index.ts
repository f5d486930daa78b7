import pg from 'pg'
import { IndexUnderWay } from './begin-again.ts'
import type { IndexBuild } from './index-build.ts'
import { MigrationRefused } from './migration-refused.ts'
import { isBehindProxy } from './proxy.ts'

/**
 * Builds an index while writers go on, however long that takes; leaves one that is whole as it is, and drops what an
 * attempt before has left behind. Only for whoever keeps all others out meanwhile, and never while that one waits for a
 * lock: PostgreSQL waits for every transaction that looked at the table before. `client` is lost for anything else.
 */
export async function buildIndex(client: pg.Client, { migration, index, statement }: IndexBuild): Promise<void> {
  if (await isBehindProxy(client)) throw new MigrationRefused(`the migration ${migration} ${needsNoProxy}`)
  await client.query(unlimited)
  const found = await stateOf(client, index)
  if (found === 'building') throw new IndexUnderWay(`the index ${index} is being built`)
  if (found === 'whole') return
  if (found === 'broken') await client.query(dropOf(index))
  try {
    await client.query(statement)
  } catch (cause) {
    if (!(cause instanceof pg.DatabaseError && cause.severity === 'ERROR')) throw cause
    // A broken index costs every writer, and a unique one refuses rows: where this fails, the next migrator does it.
    await client.query(dropOf(index)).catch(() => 'left to the next one')
    throw cause
  }
}

const needsNoProxy =
  'builds an index outside of a transaction, which a proxy that pools connections may cut short: ' +
  'run `signet db migrate` once with a DATABASE_URL that leads to PostgreSQL itself'

/** What the account may be limited to is meant for requests. Not every version has each of these. */
const unlimited = `SELECT set_config(name, '0', false) FROM pg_settings
  WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout')`

/** What has to be said before an index is built: that what was left behind goes away; nothing otherwise. */
export async function clearing(client: pg.Client, { index }: IndexBuild): Promise<string> {
  return (await stateOf(client, index)) === 'broken' ? `${dropOf(index)};\n` : ''
}

/** Takes no lock that readers or writers would notice. */
function dropOf(index: string): string {
  return `DROP INDEX CONCURRENTLY IF EXISTS "${index}"`
}

/** What there is of an index. A build that was cut short leaves one that is kept up to date and never used. */
async function stateOf(client: pg.Client, index: string): Promise<'missing' | 'whole' | 'broken' | 'building'> {
  const { rows } = await client.query<{ whole: boolean; building: boolean }>(
    `SELECT indisvalid AS whole, EXISTS (
       SELECT FROM pg_stat_progress_create_index WHERE index_relid = indexrelid AND datname = current_database()
     ) AS building FROM pg_index WHERE indexrelid = to_regclass($1)`,
    [`"${index}"`],
  )
  const [row] = rows
  if (!row) return 'missing'
  if (row.whole) return 'whole'
  return row.building ? 'building' : 'broken'
}
