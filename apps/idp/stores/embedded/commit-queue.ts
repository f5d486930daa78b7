import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as turnOver, setTimeout as wait } from 'node:timers/promises'
import { Unavailable } from '#core/oauth/error.ts'

/** Verbs per transaction, so that a burst cannot hold the event loop. */
const mostPerCommit = 256
type Queued = { readonly run: () => void; readonly commit: () => void; readonly fail: (cause: unknown) => void }

/** Runs synchronous verbs in write transactions; see {@link commitQueue}. */
export type CommitQueue = {
  run<A>(verb: () => A): Promise<A>
  /** Settles when everything queued so far is settled, and refuses whatever comes later. */
  end(): Promise<void>
}

/**
 * Group commit: verbs queued in one turn of the event loop share a transaction and its one sync to disk. A promise
 * resolves only after the commit. A verb that throws is undone alone; its neighbours do not notice. While another process
 * holds the lock the whole transaction is tried again, for `patience` milliseconds.
 */
export function commitQueue(database: DatabaseSync, patience = 3000): CommitQueue {
  const queue: Queued[] = []
  let flushing: Promise<void> | undefined
  let isOver = false

  async function flush(): Promise<void> {
    while (queue.length > 0) {
      await turnOver()
      await commitGroup(database, queue.splice(0, mostPerCommit), patience)
    }
    flushing = undefined
  }

  return {
    run(verb) {
      if (isOver) return Promise.reject(new Unavailable('the embedded store is closed'))
      return new Promise((resolve, reject) => {
        queue.push(queued(verb, resolve, reject))
        flushing ??= flush()
      })
    },
    async end() {
      isOver = true
      await flushing
    },
  }
}

/** Remembers what the verb answered until the commit; a retry of the transaction runs the verb anew. */
function queued<A>(verb: () => A, resolve: (answer: A) => void, reject: (cause: unknown) => void): Queued {
  let settle = () => {}
  return {
    run: () => {
      const answer = verb()
      settle = () => resolve(answer)
    },
    commit: () => settle(),
    fail: (cause) => {
      settle = () => reject(cause)
    },
  }
}

/** Settles every verb of the group: as it went where the commit succeeded, else all of them as unavailable. */
async function commitGroup(database: DatabaseSync, group: readonly Queued[], patience: number): Promise<void> {
  const deadline = performance.now() + patience
  for (let pause = 2; ; pause = Math.min(pause * 2, 50)) {
    try {
      runInTransaction(database, group)
      break
    } catch (cause) {
      if (isBusy(cause) && performance.now() < deadline) {
        await wait(pause)
        continue
      }
      for (const verb of group) verb.fail(unavailable(cause))
      break
    }
  }
  for (const verb of group) verb.commit()
}

/** BEGIN IMMEDIATE takes the write lock at once: no verb can read what another process is about to change. */
function runInTransaction(database: DatabaseSync, group: readonly Queued[]): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    for (const verb of group) runInSavepoint(database, verb)
    database.exec('COMMIT')
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK')
  }
}

function runInSavepoint(database: DatabaseSync, verb: Queued): void {
  database.exec('SAVEPOINT verb')
  try {
    verb.run()
  } catch (cause) {
    // Where SQLite itself gave the transaction up (disk full, I/O error), all of it fails.
    if (!database.isTransaction) throw cause
    database.exec('ROLLBACK TO verb')
    verb.fail(unavailable(cause))
  }
  database.exec('RELEASE verb')
}

/** What SQLite cannot do is an outage; what the verb itself throws stays what it is. */
export function unavailable(cause: unknown): unknown {
  return sqliteCode(cause) === undefined ? cause : new Unavailable('the embedded store cannot answer', { cause })
}

/** SQLITE_BUSY (5), whatever its extended form. */
function isBusy(cause: unknown): boolean {
  return ((sqliteCode(cause) ?? 0) & 0xff) === 5
}

function sqliteCode(cause: unknown): number | undefined {
  if (!(cause instanceof Error) || Reflect.get(cause, 'code') !== 'ERR_SQLITE_ERROR') return undefined
  return Number(Reflect.get(cause, 'errcode'))
}
