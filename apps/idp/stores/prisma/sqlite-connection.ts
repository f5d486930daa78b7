import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { type Client, createClient, type InStatement, type Transaction } from '@libsql/client'

/** Milliseconds that one statement waits for another process; short, because the wait blocks this one's event loop. */
const busyTimeout = 50
/** Milliseconds after which a file that other processes keep locked counts as unavailable. */
const busyDeadline = 10_000

/**
 * Opens a SQLite file for durable records: write-ahead log, every commit synced to the disk before it is acknowledged,
 * foreign keys enforced. libsql's own defaults are a rollback journal and no waiting at all. The file and its folder
 * are made where they are missing, readable by their owner only. Rejects with libsql's error where it cannot be opened.
 * Why there is one connection: docs/decisions/0008.
 */
export async function openSqlite(path: string): Promise<Client> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  makeFile(path)
  const client = createClient({ url: pathToFileURL(path).href, timeout: busyTimeout })
  renewWhenBusy(client)
  keepOneConnection(client)
  // Going over to the write-ahead log needs the file alone for a moment; it stays so.
  await whenFree(() => client.execute('PRAGMA journal_mode = WAL'))
  await configure(client)
  return client
}

/**
 * Makes the file where there is none, and never opens one that is there: closing any descriptor of a file drops every
 * lock that this process has on it (POSIX), another connection's too, and then the next process that closes the database
 * takes itself for the last one and deletes the write-ahead log under us.
 */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/** The settings that live as long as a connection. */
async function configure(client: Client): Promise<void> {
  await client.execute('PRAGMA synchronous = FULL')
  await client.execute('PRAGMA foreign_keys = ON')
}

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
 * A statement that found the file locked stays "in progress" in libsql until it is collected as garbage, and no
 * transaction of its connection can commit meanwhile. So the connection is given up for a new one; what it had begun is
 * rolled back, and the whole of it is tried again by the caller.
 */
function renewWhenBusy(client: Client): void {
  const execute = client.execute.bind(client)
  client.execute = async (statement: InStatement) => {
    try {
      return await execute(statement)
    } catch (error) {
      if (isBusy(error)) await renew(client, execute)
      throw error
    }
  }
}

async function renew(client: Client, execute: (statement: InStatement) => Promise<unknown>): Promise<void> {
  await execute('ROLLBACK').catch(() => 'nothing was begun')
  await client.reconnect()
  await configure(client)
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
      closed = true
      await client.execute(statement)
    }
    return {
      execute: (statement: InStatement) => client.execute(statement),
      batch: () => Promise.reject(new Error('no batches here')),
      executeMultiple: () => Promise.reject(new Error('no scripts here: libsql rolls back after them')),
      commit: () => finish('COMMIT'),
      rollback: () => finish('ROLLBACK'),
      close: () => {},
      get closed() {
        return closed
      },
    }
  }
}
