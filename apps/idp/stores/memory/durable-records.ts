import type { Put } from '#core/clients/client-store.ts'

/** What the records of people, clients and APIs have in common: a key, a revision, and names that are one's own. */
export type MemoryRecords<T> = {
  find(key: string): Promise<T | undefined>
  list(): Promise<readonly T[]>
  begin(record: T): Promise<'begun' | 'taken'>
  put(record: T): Promise<Put | 'taken'>
  end(key: string): Promise<boolean>
}

/** How records of one kind are told apart. */
export type RecordRules<T> = {
  readonly keyOf: (record: T) => string
  readonly order: (one: T, other: T) => number
  /** Names that no two records may share. */
  readonly namesOf: (record: T) => readonly string[]
}

/** Records by key. A put replaces the record of the same revision only, and counts it up. */
export function memoryRecords<T extends { readonly revision: number }>(rules: RecordRules<T>): MemoryRecords<T> {
  const { keyOf, order, namesOf } = rules
  const records = new Map<string, T>()

  function isTaken(record: T): boolean {
    const names = new Set(namesOf(record))
    const others = [...records.values()].filter((other) => keyOf(other) !== keyOf(record))
    return others.some((other) => namesOf(other).some((name) => names.has(name)))
  }

  return {
    find: async (key) => records.get(key),
    list: async () => [...records.values()].sort(order),
    async begin(record) {
      if (records.has(keyOf(record)) || isTaken(record)) return 'taken'
      records.set(keyOf(record), record)
      return 'begun'
    },
    async put(record) {
      const kept = records.get(keyOf(record))
      if (!kept) return 'missing'
      if (kept.revision !== record.revision) return 'conflict'
      if (isTaken(record)) return 'taken'
      records.set(keyOf(record), { ...record, revision: record.revision + 1 })
      return 'stored'
    },
    end: async (key) => records.delete(key),
  }
}
