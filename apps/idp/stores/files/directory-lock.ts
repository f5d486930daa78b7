import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { Unavailable } from '#core/oauth/error.ts'

/** SQLite's answer where another holds the lock (SQLITE_BUSY). */
const busy = 5

/** How long to wait for the others, in milliseconds: each needs a few for its files. */
const patience = 30_000

/**
 * Runs `work` while no other process, and no other caller in this one, does so for the same directory.
 *
 * Node cannot lock files, SQLite can: its lock on the empty file `ring.lock` is the operating system's own, so it falls
 * with the process that held it. There is no stale lock to recognise, and none to take from one who is only slow.
 */
export async function withDirectoryLock<Result>(directory: string, work: () => Promise<Result>): Promise<Result> {
  const path = join(directory, 'ring.lock')
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    // By path: opening the file a second time and closing it again would drop the locks of this process on it.
    await chmod(path, 0o600)
    await acquire(lock)
    return await work()
  } finally {
    lock.close()
  }
}

async function acquire(lock: DatabaseSync): Promise<void> {
  const deadline = performance.now() + patience
  while (!tryAcquire(lock)) {
    if (performance.now() > deadline) throw new Unavailable('another process holds the lock on the key ring')
    await pause(5 + Math.random() * 20)
  }
}

function tryAcquire(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return false
    throw error
  }
}
