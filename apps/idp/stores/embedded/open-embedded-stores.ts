import { Unavailable } from '#core/oauth/error.ts'
import { type FastStoreSettings, fastStores } from '../memory/fast-stores.ts'
import type { Table, Transactions } from '../memory/table.ts'
import type { FastStores } from '../stores.ts'
import { commitQueue, unavailable } from './commit-queue.ts'
import { openDatabase } from './open-database.ts'
import { purgeExpired } from './purge-expired.ts'
import { sqliteTable } from './sqlite-table.ts'

export type EmbeddedStoreSettings = FastStoreSettings & {
  /** The SQLite file; its own, never one that another SQLite library has open in this process. */
  readonly file: string
}

/**
 * The fast stores on SQLite in this process: the verbs of `memory/`, each in a durable transaction. What was answered
 * survives `kill -9`. Several processes may use the file at once; a long wait for one of them is `Unavailable`.
 */
export async function openEmbeddedStores(settings: EmbeddedStoreSettings): Promise<FastStores> {
  const database = openDatabase(settings.file)
  const { tableAt, purge } = sqliteTable(database)
  const queue = commitQueue(database)
  const now = () => settings.clock.now()

  const transactions: Transactions = {
    read: async (verb) => {
      if (!database.isOpen) throw new Unavailable('the embedded store is closed')
      return readNow(verb, tableAt(now()))
    },
    write: (verb) => queue.run(() => verb(tableAt(now()))),
  }
  const stopPurge = purgeExpired((most) => transactions.write((table) => purge(table, most)))

  return {
    ...fastStores(transactions, settings),
    // Taking the write lock shows what a look would not: a file or disk that can only be read.
    check: () => transactions.write(() => {}),
    async close() {
      stopPurge()
      await queue.end()
      if (database.isOpen) database.close()
    },
  }
}

/** A look needs no transaction: in WAL it sees the last commit, and no writer makes it wait. */
function readNow<A>(verb: (table: Table) => A, table: Table): A {
  try {
    return verb(table)
  } catch (cause) {
    throw unavailable(cause)
  }
}
