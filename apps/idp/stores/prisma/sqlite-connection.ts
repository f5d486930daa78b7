import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { type Client, createClient, type Transaction } from '@libsql/client'

/** Milliseconds that one statement waits for another process; short, because the wait blocks this one's event loop. */
const busyTimeout = 50

/**
 * Opens a SQLite file for durable records: write-ahead log, every commit synced to the disk before it is acknowledged,
 * foreign keys enforced. libsql's own defaults are a rollback journal and no waiting at all. The file and its folder
 * are made where they are missing, readable by their owner only. Throws libsql's error where it cannot be opened.
 */
export function openSqlite(path: string): Client {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  const client = createClient({ url: pathToFileURL(path).href, timeout: busyTimeout })
  keepOneConnection(client)
  return client
}

/** The settings that every connection needs; the journal mode stays in the file. */
export const sqliteSettings: readonly string[] = [
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL',
  'PRAGMA foreign_keys = ON',
]

/** Applies the settings. Going over to the write-ahead log needs the file alone for a moment. */
export async function configureSqlite(client: Client): Promise<void> {
  for (const setting of sqliteSettings) await whenFree(() => client.execute(setting))
}

/** Milliseconds after which a file that other processes keep locked counts as unavailable. */
export const busyDeadline = 10_000

/** Does it again while another process has the file locked. Only for what has no effect when it fails. */
export async function whenFree<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + busyDeadline
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error
      await wait(5 + Math.random() * 20)
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY'
}

/**
 * libsql hands a connection over to each transaction and opens a new one for what follows, without any of the settings,
 * and begins transactions `deferred`: they fail at once when they come to write second. Here all goes over one
 * connection, and a transaction takes the write lock as it begins. The adapter lets only one run at a time.
 */
function keepOneConnection(client: Client): void {
  client.transaction = async (): Promise<Transaction> => {
    await client.execute('BEGIN IMMEDIATE')
    let closed = false
    const finish = async (statement: string) => {
      if (closed) return
      await client.execute(statement)
      closed = true
    }
    return {
      execute: (statement: Parameters<Transaction['execute']>[0]) => client.execute(statement),
      batch: () => Promise.reject(new Error('not used here')),
      executeMultiple: (sql: string) => client.executeMultiple(sql),
      commit: () => finish('COMMIT'),
      rollback: () => finish('ROLLBACK'),
      close: () => void finish('ROLLBACK'),
      get closed() {
        return closed
      },
    }
  }
}
