import type { Put } from '#core/clients/client-store.ts'
import type { Page } from '#core/page.ts'
import { compareTexts } from '../ordering.ts'

/** What the records of people, clients and APIs have in common: a key, a revision, and names that are one's own. */
export type MemoryRecords<T> = {
  find(key: string): Promise<T | undefined>
  list(): Promise<readonly T[]>
  listPage(place: string, most: number): Promise<Page<T>>
  listAfter(key: string, most: number): Promise<readonly T[]>
  begin(record: T): Promise<'begun' | 'taken'>
  put(record: T): Promise<Put | 'taken'>
  end(key: string): Promise<boolean>
}

/** How records of one kind are told apart. */
export type RecordRules<T> = {
  readonly keyOf: (record: T) => string
  /** What its place in a list follows from. */
  readonly placeOf: (record: T) => string
  /** Names that no two records may share. */
  readonly namesOf: (record: T) => readonly string[]
}

/** Records by key. A put replaces the record of the same revision only, and counts it up. */
export function memoryRecords<T extends { readonly revision: number }>(rules: RecordRules<T>): MemoryRecords<T> {
  const { keyOf, placeOf, namesOf } = rules
  const byPlace = (one: T, other: T) => compareTexts(placeOf(one), placeOf(other))
  const records = new Map<string, T>()

  function isTaken(record: T): boolean {
    const names = new Set(namesOf(record))
    const others = [...records.values()].filter((other) => keyOf(other) !== keyOf(record))
    return others.some((other) => namesOf(other).some((name) => names.has(name)))
  }

  return {
    find: async (key) => records.get(key),
    list: async () => [...records.values()].sort(byPlace),
    async listPage(place, most) {
      const later = [...records.values()].filter((record) => placeOf(record) > place)
      const page = later.sort(byPlace).slice(0, most)
      const last = page[most - 1]
      return { records: page, next: last && placeOf(last) }
    },
    async listAfter(key, most) {
      const later = [...records.values()].filter((record) => keyOf(record) > key)
      return later.sort((one, other) => compareTexts(keyOf(one), keyOf(other))).slice(0, most)
    },
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
