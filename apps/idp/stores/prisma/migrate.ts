import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { unavailable } from './database.ts'
import { type DatabaseUrl, parseDatabaseUrl } from './database-url.ts'
import { type Migration, migrationFolders, readMigrations } from './migration-files.ts'
import { type MigrationSession, openMigrationSession } from './migration-session.ts'

/** The database's history does not fit this program's migrations; a person has to look. Nothing was changed. */
class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
}

/** What is in the database, and what this program would still apply. */
export type MigrationStatus = {
  readonly applied: readonly string[]
  readonly pending: readonly Pick<Migration, 'name' | 'sql'>[]
}

/**
 * Applies what is missing, in order, and answers the names of what it applied. All of it or nothing, and one process at
 * a time: the others wait and find nothing left to do. Migrations that only the database knows are a newer program's,
 * and left alone: old and new run side by side. Throws `MigrationRefused` where the history does not fit, `Unavailable`
 * where the database cannot answer. `folder` is for tests. Why a runner of our own: docs/decisions/0007.
 */
export function migrate(url: string, folder?: string): Promise<{ readonly applied: readonly string[] }> {
  return withSession(parseDatabaseUrl(url), folder, async (session, known) => {
    await session.begin()
    if (!(await session.hasTable(history))) await session.run(session.historyTable)
    const pending = findPending(known, await readHistory(session))
    for (const migration of pending) await apply(session, migration)
    await session.commit()
    return { applied: pending.map((migration) => migration.name) }
  })
}

/** What `migrate` would do; changes nothing, makes no file. Throws as `migrate` does. */
export async function migrationStatus(url: string, folder?: string): Promise<MigrationStatus> {
  const database = parseDatabaseUrl(url)
  if (database.provider === 'sqlite' && !existsSync(database.path)) {
    return { applied: [], pending: await readMigrations(folder ?? migrationFolders.sqlite) }
  }
  return withSession(database, folder, async (session, known) => {
    const rows = (await session.hasTable(history)) ? await readHistory(session) : []
    return { applied: rows.map((row) => row.name), pending: findPending(known, rows) }
  })
}

const history = '_prisma_migrations'

type HistoryRow = { readonly name: string; readonly checksum: string; readonly finished: boolean }

async function withSession<T>(
  database: DatabaseUrl,
  folder: string | undefined,
  work: (session: MigrationSession, known: readonly Migration[]) => Promise<T>,
): Promise<T> {
  const known = await readMigrations(folder ?? migrationFolders[database.provider])
  let session: MigrationSession | undefined
  try {
    session = await openMigrationSession(database)
    return await work(session, known)
  } catch (error) {
    throw error instanceof MigrationRefused ? error : unavailable(error)
  } finally {
    await session?.close()
  }
}

async function readHistory(session: MigrationSession): Promise<readonly HistoryRow[]> {
  const rows = await session.rows(
    `SELECT migration_name, checksum, finished_at FROM ${history} WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name`,
  )
  return rows.map((row) => ({
    name: String(row.migration_name),
    checksum: String(row.checksum),
    finished: row.finished_at !== null,
  }))
}

function findPending(known: readonly Migration[], rows: readonly HistoryRow[]): readonly Migration[] {
  const byName = new Map(rows.map((row) => [row.name, row]))
  const unfinished = rows.find((row) => !row.finished)
  if (unfinished) throw new MigrationRefused(`the migration ${unfinished.name} was begun and never finished: ${mend}`)
  for (const { name, checksum } of known) {
    const row = byName.get(name)
    if (row && row.checksum !== checksum) {
      throw new MigrationRefused(`the migration ${name} is not the one that was applied: its file was changed since`)
    }
  }
  return known.filter((migration) => !byName.has(migration.name))
}

const mend = 'see `prisma migrate resolve`'

async function apply(session: MigrationSession, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await session.run(sql)
  } catch (cause) {
    throw new MigrationRefused(`the migration ${name} failed, nothing was changed`, { cause })
  }
  const values = [1, 2, 3].map((position) => session.placeholder(position))
  await session.rows(
    `INSERT INTO ${history} (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES (${values.join(', ')}, ${session.now}, ${session.now}, 1)`,
    [randomUUID(), checksum, name],
  )
}
