import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import { type Clock, later } from '#core/clock.ts'
import type { Announce } from '#core/tokens/end.ts'
import type { PendingCursor } from '#core/tokens/fact-store.ts'
import { reconcile } from '#core/tokens/reconcile.ts'
import type { Stores } from '#stores/stores.ts'
import { type LeasedWork, underLease } from './lease-keeper.ts'
import type { LogoutSender } from './logout-sender.ts'

export type ScheduleParts = {
  readonly stores: Pick<Stores, 'purge' | 'leases' | 'facts' | 'families' | 'sessions' | 'revocations'>
  readonly clock: Clock
  readonly retention: Config['retention']
  readonly logger: Logger
  readonly announce: Announce
  readonly logouts: Pick<LogoutSender, 'work' | 'idle'>
  /** Work of others that one process does. */
  readonly more?: readonly LeasedWork[]
}

/** Milliseconds between two rounds. */
const every = { purge: 3_600_000, reconcile: 1000 }

/** Ends of one page of the reconciler. */
const batch = 100

/**
 * What one process of all does, under a lease each: deletes what is past its retention, once an hour; tells the fast
 * store of ends that it does not know yet, every second; tells apps of sessions that have ended, at once. Rotating keys needs no lease: it is a compare-and-set, and as
 * cheap as asking for one. Answers how to stop; see `underLease`.
 */
export function scheduleWork(parts: ScheduleParts): () => Promise<void> {
  const { stores, clock, logger, logouts, more = [] } = parts
  const lease = { leases: stores.leases, clock, logger, holder: randomUUID() }
  const stops = [purgeWork(parts), reconcileWork(parts), logouts.work, ...more].map((work) => underLease(lease, work))
  return async () => {
    await Promise.all(stops.map((stop) => stop()))
    await logouts.idle()
  }
}

function purgeWork({ stores, clock, retention }: ScheduleParts): LeasedWork {
  return {
    name: 'purge',
    every: every.purge,
    work(signal) {
      const now = clock.now()
      const before = { audit: later(now, -retention.audit), facts: later(now, -retention.facts) }
      return stores.purge(before, signal)
    },
  }
}

/**
 * Page by page. Ends that cannot be told stay behind, and those after them get their turn: a round ends with the last
 * page, or with one of which nothing could be told, and then the next round goes on from there.
 */
function reconcileWork({ stores, clock, logger, announce }: ScheduleParts): LeasedWork {
  let place: PendingCursor | undefined
  let isBehind = false
  let hasFailed = false
  return {
    name: 'reconcile',
    every: every.reconcile,
    async work(signal) {
      let told: number
      do {
        const after = place
        // Where SQL does not answer, the next round begins from the oldest.
        place = undefined
        const { applied, failures, next } = await reconcile({ ...stores, announce, clock, signal }, batch, after)
        const [first] = failures
        if (applied > 0) logger.info({ event: 'reconciled', applied }, 'ends were told to the fast store late')
        if (first && !isBehind) logger.warn({ err: first }, 'ends could not be told to the fast store; trying again')
        hasFailed ||= first !== undefined
        isBehind ||= hasFailed
        if (!next) [isBehind, hasFailed] = [hasFailed, false]
        place = next
        told = applied
      } while (place && told > 0 && !signal.aborted)
    },
  }
}
