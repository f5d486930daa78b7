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
 * Deletes what is past its retention: soon after the start, then once an hour, one round at a time. A round that fails
 * is logged and the next one does its work. Answers how to stop it, which waits for a round that is under way.
 */
export function schedulePurge({ stores, clock, retention, logger }: PurgeParts): () => Promise<void> {
  let round: Promise<void> = Promise.resolve()
  const purge = () => {
    const now = clock.now()
    const before = { audit: later(now, -retention.audit), facts: later(now, -retention.facts) }
    round = round
      .then(() => stores.purge(before))
      .catch((error) => logger.error({ err: error }, 'what is past its retention could not be deleted'))
  }
  const timer = setInterval(purge, every)
  timer.unref()
  purge()
  return () => {
    clearInterval(timer)
    return round
  }
}
