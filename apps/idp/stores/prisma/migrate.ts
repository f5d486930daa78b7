import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { mayBeginAgain } from './begin-again.ts'
import { unavailable } from './database.ts'
import { type DatabaseUrl, parseDatabaseUrl } from './database-url.ts'
import { type IndexBuild, readIndexBuild } from './index-build.ts'
import { type Migration, migrationFolders, readMigrations } from './migration-files.ts'
import { MigrationRefused } from './migration-refused.ts'
import { type MigrationSession, openMigrationSession } from './migration-session.ts'

/** What is in the database, and what this program would still apply. */
export type MigrationStatus = {
  readonly applied: readonly string[]
  readonly pending: readonly Pending[]
}

/** A migration that is missing, and the SQL that would be run; `alone`: outside of a transaction. */
type Pending = Pick<Migration, 'name' | 'sql'> & { readonly alone?: true }

/** Milliseconds in which a locked table may become free, and between two tries: then whoever waits behind us goes on. */
const lockDeadline = 30_000
const lockPause = 1000

/**
 * Applies what is missing, in order, and answers the names of what it applied. One process at a time: the others wait
 * and find nothing left to do. All of it or nothing, but for indexes that are built while writers go on: each of those
 * is a step of its own, what comes before it is there to stay, and a build that was cut short is begun again. Migrations
 * that only the database knows are a newer program's, and left alone: old and new run side by side. No table is waited
 * for so long that readers behind it would notice. Throws `MigrationRefused` where the history does not fit or a
 * migration fails, `Unavailable` where the database cannot answer. `folder` is for tests. Why a runner of our own:
 * docs/decisions/0007, and 0030.
 */
export async function migrate(url: string, folder?: string): Promise<{ readonly applied: readonly string[] }> {
  const database = parseDatabaseUrl(url)
  const applied: string[] = []
  for (let step: Step | undefined; step?.isLast !== true; ) {
    step = await patiently(() => withSession(database, folder, applyNext))
    applied.push(...step.applied)
  }
  return { applied }
}

/** What was committed at once, and whether nothing is left. */
type Step = { readonly applied: readonly string[]; readonly isLast: boolean }

/** Again, while somebody else has locked what it needs. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + lockDeadline
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined
      if (!mayBeginAgain(cause) || performance.now() > deadline) throw error
      await wait(lockPause * Math.random())
    }
  }
}

/** Everything up to the next index that is built while writers go on, or that index. */
async function applyNext(session: MigrationSession, known: readonly Migration[]): Promise<Step> {
  // Whoever needs nothing does not wait for whom it takes long.
  if ((await session.hasTable(history)) && findPending(known, await readHistory(session)).length === 0) return done
  await session.begin()
  if (!(await session.hasTable(history))) await session.run(session.historyTable)
  const pending = findPending(known, await readHistory(session))
  const builds = pending.map((migration) => session.indexes && readIndexBuild(migration))
  const first = builds.findIndex((build) => build !== undefined)
  const next = first < 0 ? pending : pending.slice(0, Math.max(first, 1))
  for (const migration of next) await apply(session, migration, builds[pending.indexOf(migration)])
  await session.commit()
  return { applied: next.map(({ name }) => name), isLast: next.length === pending.length }
}

const done: Step = { applied: [], isLast: true }

/** What `migrate` would do; changes nothing, makes no file. Throws as `migrate` does. */
export async function migrationStatus(url: string, folder?: string): Promise<MigrationStatus> {
  const database = parseDatabaseUrl(url)
  if (database.provider === 'sqlite' && !existsSync(database.path)) {
    return { applied: [], pending: await readMigrations(folder ?? migrationFolders.sqlite) }
  }
  return withSession(database, folder, async (session, known) => {
    const rows = (await session.hasTable(history)) ? await readHistory(session) : []
    const pending = await Promise.all(findPending(known, rows).map((migration) => announce(session, migration)))
    return { applied: rows.map((row) => row.name), pending }
  })
}

async function announce(session: MigrationSession, { name, sql }: Migration): Promise<Pending> {
  const build = session.indexes && readIndexBuild({ name, sql })
  const before = build && (await session.indexes?.clearing(build))
  return build ? { name, sql: `${before}${sql}`, alone: true } : { name, sql }
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

async function apply(session: MigrationSession, migration: Migration, build: IndexBuild | undefined): Promise<void> {
  const { name, sql, checksum } = migration
  try {
    await (build ? session.indexes?.build(build) : session.run(sql))
  } catch (cause) {
    if (mayBeginAgain(cause) || cause instanceof MigrationRefused || !session.refused(cause)) throw cause
    const left = build ? 'its index was not built' : 'nothing was changed'
    throw new MigrationRefused(`the migration ${name} failed, ${left}`, { cause })
  }
  const values = [1, 2, 3].map((position) => session.placeholder(position))
  await session.rows(
    `INSERT INTO ${history} (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES (${values.join(', ')}, ${session.now}, ${session.now}, 1)`,
    [randomUUID(), checksum, name],
  )
}
