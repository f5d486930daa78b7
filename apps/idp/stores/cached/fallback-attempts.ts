import { type Clock, later } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { AttemptClaim, AttemptLimit, AttemptStore } from '#core/users/attempts.ts'

/** How many counters are kept here; those that come after share one. */
const mostKept = 10_000
const shared = 'shared'

type Counter = { readonly count: number; readonly until: Date }

/**
 * Counters that are never off: while the store cannot answer, this process counts by itself and allows half as much.
 * Its memory is bounded; where it is full, whoever comes new shares one counter with all the others who do.
 */
export function fallbackAttempts(store: AttemptStore, clock: Clock): AttemptStore {
  const own = ownCounters(clock)
  return {
    claim: (limits) => store.claim(limits).catch(orElse(() => own.claim(limits))),
    // A count that cannot be given back stays: the store is stricter than it need be, until its window is over.
    refund: (limits) => store.refund(limits).catch(orElse(() => own.refund(limits))),
    end: (key) => store.end(key).catch(orElse(() => own.end(key))),
  }
}

function orElse<T>(own: () => T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Unavailable) return own()
    throw error
  }
}

/** As the store counts, but for the half. */
function ownCounters(clock: Clock) {
  const counters = new Map<string, Counter>()

  function read(key: string, now: Date): Counter | undefined {
    const counter = counters.get(key)
    return counter && counter.until > now ? counter : undefined
  }

  /** The counter that a key is counted in: its own while there is room. */
  function placeOf(key: string, now: Date): string {
    if (counters.has(key)) return key
    if (counters.size >= mostKept) sweep(now)
    return counters.size < mostKept ? key : shared
  }

  function sweep(now: Date): void {
    for (const [key, { until }] of counters) if (until <= now) counters.delete(key)
  }

  function claim(limits: readonly AttemptLimit[]): AttemptClaim {
    const now = clock.now()
    for (const { key, most } of limits) {
      const counter = read(placeOf(key, now), now)
      if (!counter || counter.count < Math.max(1, Math.floor(most / 2))) continue
      const retryAfter = Math.ceil((counter.until.getTime() - now.getTime()) / 1000)
      return { outcome: 'full', key, retryAfter }
    }
    for (const { key, window } of limits) {
      const place = placeOf(key, now)
      const { count, until } = read(place, now) ?? { count: 0, until: later(now, window) }
      counters.set(place, { count: count + 1, until })
    }
    return { outcome: 'allowed' }
  }

  function refund(limits: readonly AttemptLimit[]): void {
    for (const { key } of limits) {
      const counter = counters.get(key)
      if (!counter) continue
      if (counter.count <= 1) counters.delete(key)
      else counters.set(key, { ...counter, count: counter.count - 1 })
    }
  }

  return { claim, refund, end: (key: string) => void counters.delete(key) }
}
