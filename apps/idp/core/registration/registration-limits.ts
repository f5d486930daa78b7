import { refuse, Throttled } from '../oauth/error.ts'
import type { Origin } from '../oauth/origin.ts'
import { digest } from '../oauth/random.ts'
import type { AttemptStore } from '../users/attempts.ts'
import { networkOf } from '../users/guess-limits.ts'
import type { DynamicClientStore } from './dynamic-client-store.ts'

export type RegistrationLimitParts = {
  readonly attempts: AttemptStore
  readonly dynamicClients: Pick<DynamicClientStore, 'count'>
  /** Requests per network and window (seconds), and clients in all. */
  readonly limits: { readonly perAddress: number; readonly window: number; readonly quota: number }
}

/** What keeps strangers from filling the database. */
export type RegistrationLimits = {
  /** Counts one request, whatever comes of it; throws `Throttled` where there were too many from that network. */
  countRequest(origin: Origin): Promise<void>
  /** Refuses where there are more clients than the quota, with so many more beside those that are kept. */
  requireRoom(more: number): Promise<void>
}

/** Wires the limits over their counters. */
export function registrationLimits({ attempts, dynamicClients, limits }: RegistrationLimitParts): RegistrationLimits {
  return {
    async countRequest({ address }) {
      const key = `registration:${digest(networkOf(address))}`
      const claim = await attempts.claim([{ key, most: limits.perAddress, window: limits.window }])
      if (claim.outcome === 'full') throw new Throttled('too many registrations', claim.retryAfter)
    },
    async requireRoom(more) {
      if ((await dynamicClients.count()) + more <= limits.quota) return
      refuse('access_denied', 'no more clients can register themselves here; ask the operator')
    },
  }
}
