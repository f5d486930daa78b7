import { setTimeout as wait } from 'node:timers/promises'
import { type Sql, sqltag as sql } from '@prisma/client/runtime/client'
import { Unavailable } from '#core/oauth/error.ts'
import type { DatabaseUrl } from './database-url.ts'
import { NoConnection } from './no-connection.ts'
import type { Patience } from './patience.ts'
import type { GeneratedClient, Tables } from './prisma-client.ts'

/** How the stores talk to SQL: whole pieces of work, done or not done. */
export type Database = {
  /** One statement. */
  run<T>(work: Work<T>, duplicate?: () => T | Promise<T>): Promise<T>
  /** Several statements, all or none. */
  transact<T>(work: Work<T>, duplicate?: () => T | Promise<T>): Promise<T>
  /** Milliseconds in which each call settles, and how many may commit at once. */
  readonly limits: { readonly settle: number; readonly lanes: number }
  /** A date as a value of a list in a raw statement: PostgreSQL must be told that it is one, SQLite must not. */
  date(value: Date): Sql
}

/** May be called again from its start when the database was busy or two writers met, so it must only touch `tables`. */
type Work<T> = (tables: Tables) => Promise<T>

/** Milliseconds in which a missing connection is looked for again; below the time that one may take to be made. */
const patienceWithConnections = 700

/**
 * Work on a generated client: tried again while another writer is in the way or nothing could be sent, answered by
 * `duplicate` where a unique key is taken, and `Unavailable` on any other failure. A call settles in time, whatever the
 * database does; what it had begun may then be done or not.
 */
export function openDatabase(
  client: GeneratedClient,
  url: DatabaseUrl,
  patience: Pick<Patience, 'settle' | 'calls'>,
): Database {
  const isSqlite = url.provider === 'sqlite'
  const servers = isSqlite ? 1 : url.urls.length
  let calls = 0
  const inTime = async <T>(work: () => Promise<T>, duplicate?: () => T | Promise<T>): Promise<T> => {
    if (calls >= patience.calls) throw unavailable(new Error('too many calls are waiting for the database'))
    calls++
    const attempts = attempt(work, performance.now() + patience.settle, servers).finally(() => calls--)
    try {
      return await settled(attempts, patience.settle)
    } catch (error) {
      if (duplicate && isDuplicate(error)) return duplicate()
      throw unavailable(error)
    }
  }
  return {
    limits: { settle: patience.settle, lanes: isSqlite ? 1 : 3 },
    date: (value) => (isSqlite ? sql`${value}` : sql`CAST(${value} AS TIMESTAMP(3))`),
    run: (work, duplicate) => inTime(() => work(client), duplicate),
    transact: (work, duplicate) => inTime(() => client.$transaction(work), duplicate),
  }
}

async function attempt<T>(work: () => Promise<T>, deadline: number, servers: number): Promise<T> {
  const patient = performance.now() + patienceWithConnections
  for (let times = 1; ; times++) {
    try {
      return await work()
    } catch (error) {
      const isAway = error instanceof NoConnection
      // Who comes back is found soon; who stays away is not asked by everybody all the time.
      const pause = (5 + Math.random() * 20) * (isAway ? 4 ** Math.min(times, 2) : 1)
      // Each of several servers has its turn: the first may be away for long.
      const mayTry = isAway ? performance.now() < patient || times < servers : didNothing(error)
      if (!mayTry || performance.now() + pause > deadline) throw error
      await wait(pause)
    }
  }
}

/** As the work settles, or `Unavailable` after so many milliseconds; what becomes of the work then, nobody hears. */
export async function settled<T>(work: Promise<T>, most: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(new Error(`the database has not answered within ${most} ms`))), most)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The failure as callers know it. What failed below is the cause, for the log alone. */
export function unavailable(cause: unknown): Unavailable {
  return cause instanceof Unavailable ? cause : new Unavailable('the database cannot answer', { cause })
}

type KnownError = Error & { readonly code: string; readonly meta?: Readonly<Record<string, unknown>> }

/** By name, not by class: each generated client has a class of its own, and only one of them is loaded. */
function isKnown(error: unknown): error is KnownError {
  return error instanceof Error && error.name === 'PrismaClientKnownRequestError'
}

/** P2002: a unique key is taken. */
function isDuplicate(error: unknown): boolean {
  return isKnown(error) && error.code === 'P2002'
}

/** It is certain that nothing was done: a deadlock or write conflict (P2034), or SQLite was busy. */
function didNothing(error: unknown): boolean {
  if (!isKnown(error)) return false
  return error.code === 'P2034' || isUndone(error.meta?.driverAdapterError)
}

/** As the driver told it: Prisma gives raw statements, and beginnings of transactions, a code of its own. */
function isUndone(driver: unknown): boolean {
  const cause: unknown = driver instanceof Error ? driver.cause : undefined
  if (typeof cause !== 'object' || cause === null) return false
  if ('kind' in cause && cause.kind === 'TransactionWriteConflict') return true
  return 'originalMessage' in cause && String(cause.originalMessage).startsWith('SQLITE_BUSY')
}

/** The database has said no to what it was given (a text that it cannot keep, say): it would say so again. */
export function isRefused(error: unknown): boolean {
  const refusal = error instanceof Unavailable ? error.cause : error
  if (refusal instanceof Error && refusal.name === 'PrismaClientValidationError') return true
  // Classes 22 and 23 of SQLSTATE (data, constraints), and SQLite's results for the same.
  return /^(2[23]...|1[89]|20)$/.test(codeOf(refusal))
}

/** Somebody else has held a row for too long (SQLSTATE 55P03): nothing was done. */
export function isLocked(error: unknown): boolean {
  return codeOf(error instanceof Unavailable ? error.cause : error) === '55P03'
}

/** What the database itself has called a failure; empty where it was none of its own. */
function codeOf(error: unknown): string {
  const driver = isKnown(error) ? error.meta?.driverAdapterError : undefined
  const cause: unknown = driver instanceof Error ? driver.cause : undefined
  return typeof cause === 'object' && cause !== null && 'originalCode' in cause ? String(cause.originalCode) : ''
}
