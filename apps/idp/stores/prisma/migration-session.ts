import type { Client } from '@libsql/client'
import type { DatabaseUrl } from './database-url.ts'
import type { IndexBuild } from './index-build.ts'
import { splitScript } from './migration-files.ts'
import { openSqlite, whenFree } from './sqlite-connection.ts'

/** A connection for migrations: scripts and rows, no generated client, which knows the newest schema only. */
export type MigrationSession = {
  /** Runs a whole script. */
  run(script: string): Promise<void>
  rows(sql: string, values?: readonly (string | number)[]): Promise<readonly Record<string, unknown>[]>
  /** `CREATE TABLE _prisma_migrations`, exactly as Prisma makes it on this database. */
  readonly historyTable: string
  /** How this database writes the n-th value of a statement, and the time of the statement. */
  placeholder(position: number): string
  readonly now: string
  /** Whether there is a table of this name. */
  hasTable(name: string): Promise<boolean>
  /** Everything up to `commit` happens or does not; no other process migrates meanwhile. */
  begin(): Promise<void>
  commit(): Promise<void>
  /** For what a transaction cannot do; undefined where it can do all. */
  readonly indexes?: {
    /** Builds an index while writers go on. Only between `begin` and `commit`, which keep others out. */
    build(build: IndexBuild): Promise<void>
    /** The statement that takes away what an attempt before has left behind; empty where there is nothing. */
    clearing(build: IndexBuild): Promise<string>
  }
  /** Whether the database has said no to what it was asked, and would say so again. */
  refused(error: unknown): boolean
  /** Gives up what was not committed, and disconnects. */
  close(): Promise<void>
}

/**
 * Connects for migrating. Rejects with the driver's error where it cannot; so does everything in the session, and in
 * seconds where a server has gone silent. Only a script has long, because it may have much to do.
 */
export async function openMigrationSession(database: DatabaseUrl): Promise<MigrationSession> {
  if (database.provider === 'sqlite') return openSqliteSession(database.path)
  const { openPostgresSession } = await import('./postgres-session.ts')
  return openPostgresSession(database.urls)
}

async function openSqliteSession(path: string): Promise<MigrationSession> {
  const client = await openSqlite(path)
  const rows: MigrationSession['rows'] = async (sql, values = []) =>
    (await client.execute({ sql, args: [...values] })).rows
  return {
    run: (script) => runScript(client, script),
    rows,
    historyTable: sqliteHistory,
    placeholder: () => '?',
    now: "strftime('%Y-%m-%dT%H:%M:%f+00:00')",
    hasTable: async (name) =>
      (await rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?", [name])).length > 0,
    async begin() {
      // Redefining a table drops the old one, which would delete what refers to it; the setting is fixed inside of a
      // transaction. What a migration leaves behind is checked before it is committed.
      await whenFree(async () => {
        await client.execute('PRAGMA foreign_keys = OFF')
        await client.execute('BEGIN IMMEDIATE')
      })
    },
    async commit() {
      const broken = await rows('PRAGMA foreign_key_check')
      if (broken.length > 0) throw new Error(`the migration leaves ${broken.length} rows that refer to nothing`)
      await client.execute('COMMIT')
    },
    refused: () => true,
    async close() {
      // A closed connection keeps its locks until its last statement is collected as garbage.
      await client.execute('ROLLBACK').catch(() => 'all is committed')
      client.close()
    },
  }
}

/** Statement by statement: libsql's own way to run a script rolls the surrounding transaction back at its end. */
async function runScript(client: Client, script: string): Promise<void> {
  for (const statement of splitScript(script)) await client.execute(statement)
}

const sqliteHistory = `CREATE TABLE "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`
