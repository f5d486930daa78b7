import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { buildIndex, clearing } from './build-index.ts'
import type { IndexBuild } from './index-build.ts'
import type { MigrationSession } from './migration-session.ts'

/** A session at the first of the servers that can be written to; rejects with what the last one said. */
export async function openPostgresSession(urls: readonly string[]): Promise<MigrationSession> {
  const { client, url } = await connectWritable(urls)
  const rows: MigrationSession['rows'] = async (sql, values = []) => (await client.query(sql, [...values])).rows
  return {
    run: async (script) => {
      await client.query({ text: script, ...{ query_timeout: patience.script } })
    },
    rows,
    historyTable: postgresHistory,
    placeholder: (position) => `$${position}`,
    now: 'clock_timestamp()',
    hasTable: async (name) => (await rows('SELECT to_regclass($1) AS found', [name]))[0]?.found !== null,
    async begin() {
      // Who waits for a table makes everybody wait who comes after: so not for long. Whoever builds an index waits for snapshots: between statements this level holds none.
      await client.query(`BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = ${lockTimeout}; ${unlimited}`)
      // Held to the end of the transaction, not of the session: behind a transaction-pooling proxy there is no session.
      // The number is the one that `prisma migrate` locks.
      await client.query('SELECT pg_advisory_xact_lock(72707369)')
    },
    commit: async () => {
      await client.query('COMMIT')
    },
    indexes: { build: (build) => buildBeside(client, url, build), clearing: (build) => clearing(client, build) },
    refused: (error) => error instanceof pg.DatabaseError && error.severity === 'ERROR',
    close: () => disconnect(client),
  }
}

/** Milliseconds until the server must have connected or answered, until a script must be done, and until we are gone. */
const patience = { answer: 5_000, script: 15 * 60_000, goodbye: 1_000 }

/** Milliseconds between two looks whether the server is still there, while an index takes its time. */
const lookEvery = 5_000

/** Milliseconds that a migration waits for a table, or for another process that migrates, before it begins again. */
const lockTimeout = 500

/** What the account may be limited to is meant for requests. Not every version has each of these. */
const unlimited = `SELECT set_config(name, '0', true) FROM pg_settings
  WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`

/**
 * Builds an index on a second connection to the same server, because the first must stay in its transaction: that one
 * keeps other migrators out, holds no snapshot while it is idle, and shows that the server is alive.
 */
async function buildBeside(holder: pg.Client, connectionString: string, build: IndexBuild): Promise<void> {
  const { query_timeout: _, ...options } = connectionOptions
  const builder = new pg.Client({ ...options, connectionString })
  builder.on('error', () => {})
  const over = new AbortController()
  try {
    await builder.connect()
    await Promise.race([buildIndex(builder, build), untilSilent(holder, over.signal)])
  } finally {
    over.abort()
    await disconnect(builder)
  }
}

/** Rejects when the server no longer answers, and with the signal. */
async function untilSilent(holder: pg.Client, signal: AbortSignal): Promise<never> {
  for (;;) {
    await wait(lookEvery, undefined, { signal })
    await holder.query('SELECT 1')
  }
}

const connectionOptions = {
  connectionTimeoutMillis: patience.answer,
  query_timeout: patience.answer,
  keepAlive: true,
  keepAliveInitialDelayMillis: 5000,
} as const

async function connectWritable(urls: readonly string[]): Promise<{ client: pg.Client; url: string }> {
  let failure: unknown
  for (const connectionString of urls) {
    const client = new pg.Client({ ...connectionOptions, connectionString })
    client.on('error', () => {})
    try {
      await client.connect()
      const { rows } = await client.query<{ readOnly: string }>(
        `SELECT current_setting('transaction_read_only') AS "readOnly"`,
      )
      if (rows[0]?.readOnly !== 'on') return { client, url: connectionString }
      failure = new Error('this server of the database only reads')
    } catch (error) {
      failure = error
    }
    await disconnect(client)
  }
  throw failure
}

/** Says good-bye, and does not wait long for it to be heard. Never rejects. */
async function disconnect(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), patience.goodbye)
  await client.end().catch(() => 'it has never been open')
  clearTimeout(timer)
}

const postgresHistory = `CREATE TABLE _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`
