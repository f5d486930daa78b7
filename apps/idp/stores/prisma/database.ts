import { setTimeout as wait } from 'node:timers/promises'
import { Unavailable } from '#core/oauth/error.ts'
import type { GeneratedClient, Tables } from './prisma-client.ts'

/** How the stores talk to SQL: whole pieces of work, done or not done. */
export type Database = {
  /** One statement. */
  run<T>(work: Work<T>, duplicate?: () => T | Promise<T>): Promise<T>
  /** Several statements, all or none. */
  transact<T>(work: Work<T>, duplicate?: () => T | Promise<T>): Promise<T>
}

/** May be called again from its start when the database was busy or two writers met, so it must only touch `tables`. */
type Work<T> = (tables: Tables) => Promise<T>

/** Milliseconds in which a busy database may become free. */
const busyDeadline = 10_000

/**
 * Work on a generated client: tried again while another writer is in the way, answered by `duplicate` where a unique
 * key is taken, and `Unavailable` on any other failure.
 */
export function openDatabase(client: GeneratedClient): Database {
  return {
    run: (work, duplicate) => attempt(() => work(client), duplicate),
    transact: (work, duplicate) => attempt(() => client.$transaction(work), duplicate),
  }
}

async function attempt<T>(work: () => Promise<T>, duplicate?: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + busyDeadline
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (duplicate && isDuplicate(error)) return duplicate()
      if (!isContention(error) || performance.now() > deadline) throw unavailable(error)
      await wait(5 + Math.random() * 20)
    }
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

/** P2034: a deadlock or a write conflict, rolled back. P1008: SQLite was busy and nothing was done, or a time-out. */
function isContention(error: unknown): boolean {
  return isKnown(error) && (error.code === 'P2034' || (error.code === 'P1008' && isBusySqlite(error)))
}

function isBusySqlite({ meta }: KnownError): boolean {
  const driver = meta?.driverAdapterError
  const cause = driver instanceof Error ? driver.cause : undefined
  if (typeof cause !== 'object' || cause === null || !('originalMessage' in cause)) return false
  return typeof cause.originalMessage === 'string' && cause.originalMessage.startsWith('SQLITE_BUSY')
}
