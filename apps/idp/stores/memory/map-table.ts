import type { Kept, Records, RecordType, Table } from './table.ts'

type Maps = { readonly [T in RecordType]: Map<string, Kept<Records[T]>> }

/** Records in maps, for as long as the process lives. Call the result once per transaction, with its time. */
export function mapTable(): (now: Date) => Table {
  const maps: Maps = {
    request: new Map(),
    code: new Map(),
    session: new Map(),
    family: new Map(),
    token: new Map(),
    user: new Map(),
    client: new Map(),
    everything: new Map(),
    attempt: new Map(),
    replay: new Map(),
  }
  return (now) => tableAt(maps, now)
}

function tableAt(maps: Maps, now: Date): Table {
  return {
    now,
    get(type, id) {
      const kept = maps[type].get(id)
      return kept && now < kept.until ? kept : undefined
    },
    put: (type, id, kept) => void maps[type].set(id, kept),
    delete: (type, id) => void maps[type].delete(id),
  }
}
