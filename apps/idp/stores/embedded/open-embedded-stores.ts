import type { DatabaseSync } from 'node:sqlite'
import { Unavailable } from '#core/oauth/error.ts'
import { type FastStoreSettings, fastStores } from '../memory/fast-stores.ts'
import type { Table, Transactions } from '../memory/table.ts'
import type { FastStores } from '../stores.ts'
import { catchUp, type DurableMemory } from './catch-up.ts'
import { type CommitQueue, commitQueue, unavailable } from './commit-queue.ts'
import { type LifeRow, lifeRow, outageAt } from './life.ts'
import { openDatabase } from './open-database.ts'
import { purgeExpired } from './purge-expired.ts'
import { signsOfLife } from './signs-of-life.ts'
import { type SqliteTable, sqliteTable } from './sqlite-table.ts'

export type EmbeddedStoreSettings = FastStoreSettings & {
  /** The SQLite file; its own, never one that another SQLite library has open in this process. */
  readonly file: string
  /** What SQL remembers: a file that is new, or an older copy, is mended by it. Without it the file is believed. */
  readonly memory?: DurableMemory
}

/** An open file: what every way of using it begins with. */
type Opened = {
  readonly database: DatabaseSync
  readonly table: SqliteTable
  readonly queue: CommitQueue
  readonly row: LifeRow
  readonly settings: EmbeddedStoreSettings
}

/**
 * The fast stores on SQLite in this process: the verbs of `memory/`, each in a durable transaction. What was answered
 * survives `kill -9`. Several processes may use the file at once; a long wait for one of them is `Unavailable`.
 * A deleted or older file signs nobody out and revives nothing: before the first answer it knows every end that SQL does.
 */
export async function openEmbeddedStores(settings: EmbeddedStoreSettings): Promise<FastStores> {
  const opened = open(settings)
  const { database, table, queue, row } = opened
  const now = () => settings.clock.now()
  try {
    await bringUp(opened, false)
  } catch (error) {
    database.close()
    throw error
  }

  const signs = signsOfLife({ queue, row, epochs: settings.memory?.epochs, now })
  const plain = transactionsOver(opened)
  const transactions: Transactions = {
    read: plain.read,
    write(verb) {
      signs.written()
      return plain.write(verb)
    },
  }
  const stores = fastStores(transactions, settings, row.read()?.outage)
  const stopPurge = purgeExpired((most) => plain.write((records) => table.purge(records, most)))

  return {
    ...stores,
    families: {
      ...stores.families,
      rotate(...asked) {
        signs.rotating()
        return stores.families.rotate(...asked)
      },
    },
    // Taking the write lock shows what a look would not: a file or disk that can only be read.
    check: () => plain.write(() => {}),
    async close() {
      stopPurge()
      await signs.stop()
      await queue.end()
      if (database.isOpen) database.close()
    },
  }
}

/**
 * Forgets what lives in the file, for SQL was restored from a backup and may not know it: families, sessions, codes that
 * were not spent and open requests. Every end stays, and those that SQL remembers are applied anew. A server that has the
 * file open goes on with it.
 */
export async function forgetLive(settings: EmbeddedStoreSettings & { readonly memory: DurableMemory }): Promise<void> {
  const opened = open(settings)
  try {
    await bringUp(opened, true)
  } finally {
    await opened.queue.end()
    opened.database.close()
  }
}

function open(settings: EmbeddedStoreSettings): Opened {
  const database = openDatabase(settings.file)
  const [table, queue, row] = [sqliteTable(database), commitQueue(database), lifeRow(database)]
  return { database, table, queue, row, settings }
}

/** Mends the file by what SQL remembers, and notes the outage that ends here. */
async function bringUp(opened: Opened, asNew: boolean): Promise<void> {
  const { table, queue, row, settings } = opened
  const { clock, memory } = settings
  const now = clock.now()
  const stores = fastStores(transactionsOver(opened), settings)
  if (memory) await catchUp({ row, queue, stores, forget: table.forget, memory, now }, asNew)
  await queue.run(() => {
    const life = row.read()
    if (life) row.put({ ...life, outage: outageAt(life, now) })
  })
}

function transactionsOver({ database, table, queue, settings }: Opened): Transactions {
  const now = () => settings.clock.now()
  return {
    read: async (verb) => {
      if (!database.isOpen) throw new Unavailable('the embedded store is closed')
      return readNow(verb, table.tableAt(now()))
    },
    write: (verb) => queue.run(() => verb(table.tableAt(now()))),
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
