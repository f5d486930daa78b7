import { Throttled } from '../oauth/error.ts'
import type { Origin } from '../oauth/origin.ts'
import { digest } from '../oauth/random.ts'
import type { AttemptStore } from '../users/attempts.ts'
import { networkOf } from '../users/guess-limits.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { RequestStore } from './request-store.ts'

export type BeginRequest = (request: AuthorizationRequest, origin: Origin) => Promise<void>

export type BeginRequestParts = {
  readonly requests: RequestStore
  readonly attempts: AttemptStore
  readonly limits: { readonly requests: number; readonly window: number }
}

/**
 * Makes the keeper of requests that wait for a person. Anybody can begin one, since client ids and redirect URIs are
 * public: they are counted per network, so that no stranger can fill the store.
 */
export function requestKeeper({ requests, attempts, limits }: BeginRequestParts): BeginRequest {
  return async (request, origin) => {
    const key = `request:${digest(networkOf(origin.address))}`
    const claim = await attempts.claim([{ key, most: limits.requests, window: limits.window }])
    if (claim.outcome === 'full') throw new Throttled('too many sign-ins were begun', claim.retryAfter)
    await requests.begin(request)
  }
}
