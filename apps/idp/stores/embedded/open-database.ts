import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Milliseconds that one statement may block the event loop for another process's lock; longer waits are retries. */
const busyTimeout = 25

/**
 * Opens the file of the embedded store, making it for its owner alone where it does not exist. A transaction that was
 * committed survives the death of the process and of the machine: WAL with `synchronous=FULL` syncs at each commit.
 */
export function openDatabase(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
  const database = new DatabaseSync(file, { timeout: 5000 })
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    database.exec(schema)
    database.exec(`PRAGMA busy_timeout = ${busyTimeout}`)
    return database
  } catch (cause) {
    database.close()
    throw new Error(`the state file ${file} cannot be opened`, { cause })
  }
}

const schema = `
  CREATE TABLE IF NOT EXISTS records (
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    until INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (type, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS records_until ON records (until);
  CREATE TABLE IF NOT EXISTS life (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    epoch INTEGER NOT NULL,
    signs INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    gone INTEGER,
    back INTEGER
  ) STRICT;
`
