import type { Clock } from '../clock.ts'
import type { FactStore, Uses as NotedUses } from './fact-store.ts'

type FamilyUse = NotedUses['families'][number]
type SessionUse = NotedUses['sessions'][number]

/**
 * What is written behind: floors of families, and when sessions were used. Noting settles nothing and never fails; a
 * crash loses what the last second brought.
 */
export interface Uses {
  /** A rotation has made this generation the live one, now. */
  noteRotation(id: string, generation: number): void
  noteFamily(use: FamilyUse): void
  noteSession(use: SessionUse): void
  /** Settles when everything that waits, or is under way, was written or has failed; called while shutting down. */
  flush(): Promise<void>
}

export type UsesOptions = {
  readonly facts: Pick<FactStore, 'noteUses'>
  readonly clock: Clock
  /** Told when a batch could not be written; it is tried again. Must not throw. */
  readonly failed?: (error: unknown) => void
}

/** How long uses may wait, in milliseconds, how many go at once, and how many of a kind wait: then the oldest is dropped. */
const flushEvery = 1000
const mostAtOnce = 500
const mostWaiting = 100_000

/** How many sessions are remembered as noted, so that a page view between two uses that a store notes costs nothing. */
const mostKnown = 10_000

/** Opens the notes of uses over a store. Many uses of one family or session become one note. */
export function openUses({ facts, clock, failed }: UsesOptions): Uses {
  const families = latestOf<FamilyUse>(({ generation }) => generation)
  const sessions = latestOf<SessionUse>(({ lastUsedAt }) => lastUsedAt.getTime())
  const known = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(writeAll)
    return writing
  }

  async function writeAll(): Promise<void> {
    while (families.size() > 0 || sessions.size() > 0) {
      const batch = { families: families.take(mostAtOnce), sessions: sessions.take(mostAtOnce) }
      try {
        await facts.noteUses(batch)
      } catch (error) {
        for (const use of batch.families) families.put(use)
        for (const use of batch.sessions) sessions.put(use)
        schedule()
        failed?.(error)
        return
      }
    }
  }

  function schedule(): void {
    timer ??= setTimeout(write, flushEvery)
    timer.unref()
  }

  function noteFamily(use: FamilyUse): void {
    families.put(use)
    schedule()
  }

  return {
    noteRotation: (id, generation) => noteFamily({ id, generation, rotatedAt: clock.now() }),
    noteFamily,
    noteSession(use) {
      if (known.get(use.id) === use.lastUsedAt.getTime()) return
      if (known.size >= mostKnown) known.clear()
      known.set(use.id, use.lastUsedAt.getTime())
      sessions.put(use)
      schedule()
    },
    flush: write,
  }
}

/** The latest use of each, by its rank; the oldest goes first, whether it is taken or dropped. */
function latestOf<Use extends { readonly id: string }>(rankOf: (use: Use) => number) {
  const waiting = new Map<string, Use>()
  return {
    size: () => waiting.size,
    put(use: Use): void {
      const before = waiting.get(use.id)
      if (before && rankOf(before) >= rankOf(use)) return
      waiting.set(use.id, use)
      if (waiting.size > mostWaiting) for (const oldest of waiting.keys()) return void waiting.delete(oldest)
    },
    take(most: number): readonly Use[] {
      const taken = [...waiting.values().take(most)]
      for (const { id } of taken) waiting.delete(id)
      return taken
    },
  }
}
