import type { Clock } from '#core/clock.ts'
import type { FactStore } from '#core/tokens/fact-store.ts'
import type { Backlog } from '#server/management/store-metrics.ts'

export type BacklogParts = {
  readonly facts: FactStore
  readonly clock: Clock
}

/** What waits between the two stores, for the metrics. */
export type BacklogWatch = {
  /** The store of facts for whoever writes uses behind: seen from here, it can be told whether that works. */
  readonly facts: Pick<FactStore, 'noteUses'>
  read(): Omit<Backlog, 'rebuilding'>
  stop(): void
}

/** Milliseconds between two looks at what is pending. */
const every = 10_000

/** Looks at what waits every ten seconds; where the database does not answer, what is known grows older. */
export function watchBacklog({ facts, clock }: BacklogParts): BacklogWatch {
  let pendingSince: Date | undefined
  let unwrittenSince: Date | undefined
  const look = async (): Promise<void> => {
    const pending = await facts.listPending(1).catch(() => undefined)
    if (pending) pendingSince = pending[0]?.at
  }
  const timer = setInterval(look, every)
  timer.unref()
  const age = (since: Date | undefined): number => (since ? (clock.now().getTime() - since.getTime()) / 1000 : 0)

  return {
    facts: {
      async noteUses(uses) {
        const asked = clock.now()
        try {
          await facts.noteUses(uses)
          unwrittenSince = undefined
        } catch (error) {
          unwrittenSince ??= asked
          throw error
        }
      },
    },
    read: () => ({ oldestEnd: age(pendingSince), unwrittenUses: age(unwrittenSince) }),
    stop: () => clearInterval(timer),
  }
}
