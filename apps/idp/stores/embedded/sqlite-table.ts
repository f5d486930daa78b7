import type { DatabaseSync } from 'node:sqlite'
import type { Kept, Records, RecordType, Table } from '../memory/table.ts'
import { recordCodecs } from './record-codecs.ts'

/** Deletes at most `most` records that nobody can see any more, and says how many they were. */
export type Purge = (table: Table, most: number) => number

/** Records in SQLite. Who calls owns the transaction; see {@link sqliteTable}. */
export type SqliteTable = {
  readonly tableAt: (now: Date) => Table
  readonly purge: Purge
  /** Deletes families, sessions, codes and requests that live; what has ended or is spent stays. */
  readonly forget: () => void
}

/** Records in SQLite. Call `tableAt` once per transaction, with its time; who calls it owns the transaction. */
export function sqliteTable(database: DatabaseSync): SqliteTable {
  const select = database.prepare('SELECT until, body FROM records WHERE type = ? AND id = ? AND until > ?')
  const upsert = database.prepare(
    'INSERT INTO records VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until, body = excluded.body',
  )
  const remove = database.prepare('DELETE FROM records WHERE type = ? AND id = ?')
  const removeOld = database.prepare(
    'DELETE FROM records WHERE (type, id) IN (SELECT type, id FROM records WHERE until <= ? ORDER BY until LIMIT ?)',
  )
  const removeLive = database.prepare(`
    DELETE FROM records
    WHERE type = 'request' AND body NOT LIKE '"%'
      OR type = 'code' AND body LIKE '[0,%'
      OR type IN ('session', 'family') AND body <> '"ended"'`)

  const tableAt = (now: Date): Table => ({
    now,
    get<T extends RecordType>(type: T, id: string): Kept<Records[T]> | undefined {
      const row = select.get(type, id, now.getTime())
      return (
        row && { record: recordCodecs[type].read(JSON.parse(String(row.body))), until: new Date(Number(row.until)) }
      )
    },
    put(type, id, { record, until }) {
      upsert.run(type, id, until.getTime(), JSON.stringify(recordCodecs[type].write(record)))
    },
    delete: (type, id) => void remove.run(type, id),
  })
  const purge: Purge = ({ now }, most) => Number(removeOld.run(now.getTime(), most).changes)
  return { tableAt, purge, forget: () => void removeLive.run() }
}
