import { setTimeout as wait } from 'node:timers/promises'
import type { Freshness } from '#core/clients/client-store.ts'
import type { Clock } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { Changes } from './changes.ts'
import { frozen } from './frozen.ts'

/** Records of one kind in memory, by id. */
export type RecordCache<T> = {
  /** The record, read where memory has none that is fresh enough. Rejects as the read does. What it answers is frozen. */
  find(id: string, freshness?: Freshness): Promise<T | undefined>
  /** Forgets a record; a read that is under way answers those who wait for it, and is not kept. */
  drop(id: string): void
  /** Forgets all of them likewise. */
  clear(): void
}

export type RecordCacheParts<T> = {
  readonly read: (id: string) => Promise<T | undefined>
  /** Whether a record may be answered again; every one may unless told. */
  readonly mayKeep?: (record: T) => boolean
  readonly changes: Pick<Changes, 'isListening'>
  readonly clock: Clock
  /** How many are kept; the one that was not asked for longest gives way. 10,000 unless told. */
  readonly most?: number
}

/** Milliseconds for which a record is as good as read: while changes are heard, and while they may be missed. */
const freshFor = { listening: 30_000, deaf: 1000 } as const
/** Milliseconds for which it may stand in, unchanged as far as is known, where the database gives no answer. */
export const rememberedFor = 15 * 60_000
/** Milliseconds that whoever would take a remembered record waits for a better one. */
const patience = 300

/** `at` is when the read began: what changed later is not in it. */
type Entry<T> = { readonly record: T; readonly at: number; readonly wasListening: boolean }

/**
 * Remembers records for 30 seconds while changes of them are heard, and for one while they may be missed; what is not
 * there is not remembered. Reads of one record at once are one read. A read that began before a change never outlives
 * it: whoever drops a record takes the reads that are under way out of the books, and only what is in them is kept.
 */
export function openRecordCache<T>(parts: RecordCacheParts<T>): RecordCache<T> {
  const { changes, clock, mayKeep = () => true, most = 10_000 } = parts
  const entries = new Map<string, Entry<T>>()
  const reads = new Map<string, Promise<T | undefined>>()

  function isYounger({ at, wasListening }: Entry<T>, bound: { listening: number; deaf: number }): boolean {
    const age = clock.now().getTime() - at
    return age >= 0 && age < (wasListening && changes.isListening() ? bound.listening : bound.deaf)
  }

  function keep(id: string, entry: Entry<T>): void {
    entries.delete(id)
    entries.set(id, entry)
    const [oldest] = entries.size > most ? entries.keys() : []
    if (oldest !== undefined) entries.delete(oldest)
  }

  function read(id: string): Promise<T | undefined> {
    const begun = { at: clock.now().getTime(), wasListening: changes.isListening() }
    const settle = (record: T | undefined) => {
      if (reads.get(id) !== reading) return record
      reads.delete(id)
      if (record === undefined || !mayKeep(record)) entries.delete(id)
      else keep(id, { ...begun, record: frozen(record) })
      return record
    }
    const fail = (error: unknown) => {
      if (reads.get(id) === reading) reads.delete(id)
      throw error
    }
    const reading: Promise<T | undefined> = parts.read(id).then(settle, fail)
    reads.set(id, reading)
    return reading
  }

  /** What the database says, or what it said before where it says nothing in time and nobody was told of a change. */
  async function readOrRemember(id: string, known: Entry<T>): Promise<T | undefined> {
    const reading = reads.get(id) ?? read(id)
    const answered = reading.then(
      () => true,
      (error: unknown) => !(error instanceof Unavailable),
    )
    const isAnswered = await Promise.race([answered, wait(patience, false, { ref: false })])
    if (isAnswered) return reading
    return entries.get(id) === known ? known.record : find(id)
  }

  async function find(id: string, freshness: Freshness = 'recent'): Promise<T | undefined> {
    if (freshness === 'now') return read(id)
    const known = entries.get(id)
    if (known && isYounger(known, freshFor)) {
      keep(id, known)
      return known.record
    }
    const mayRemember = freshness === 'remembered' && known && isYounger(known, { listening: rememberedFor, deaf: 0 })
    return mayRemember ? readOrRemember(id, known) : (reads.get(id) ?? read(id))
  }

  return {
    find,
    drop(id) {
      entries.delete(id)
      reads.delete(id)
    },
    clear() {
      entries.clear()
      reads.clear()
    },
  }
}
