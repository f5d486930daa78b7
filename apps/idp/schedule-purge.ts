import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import { type Clock, later } from '#core/clock.ts'
import type { DurableStores } from '#stores/stores.ts'

export type PurgeParts = {
  readonly stores: Pick<DurableStores, 'purge'>
  readonly clock: Clock
  readonly retention: Config['retention']
  readonly logger: Logger
}

/** Milliseconds between two rounds. */
const every = 3_600_000

/**
 * Deletes what is past its retention: at once, then once an hour, one round at a time. A round that fails is logged and
 * the next one does its work. Answers how to stop it: a round that is under way ends after its present batch, and the
 * promise settles then. May be called again, by whoever has to know that it has ended.
 */
export function schedulePurge({ stores, clock, retention, logger }: PurgeParts): () => Promise<void> {
  const stopping = new AbortController()
  let round: Promise<void> | undefined
  const purge = () => {
    const now = clock.now()
    const before = { audit: later(now, -retention.audit), facts: later(now, -retention.facts) }
    // A round that takes longer than an hour is not joined by a second one.
    round ??= stores
      .purge(before, stopping.signal)
      .catch((error) => logger.error({ err: error }, 'what is past its retention could not be deleted'))
      .finally(() => {
        round = undefined
      })
  }
  const timer = setInterval(purge, every)
  timer.unref()
  purge()
  return async () => {
    clearInterval(timer)
    stopping.abort()
    await round
  }
}
