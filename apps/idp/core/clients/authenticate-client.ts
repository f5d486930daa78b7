import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import { refuse, Throttled } from '../oauth/error.ts'
import type { Origin } from '../oauth/origin.ts'
import { digest, sameDigest } from '../oauth/random.ts'
import type { AttemptStore } from '../users/attempts.ts'
import { networkOf } from '../users/guess-limits.ts'
import type { Client, ClientAuthenticationMethod } from './client.ts'
import type { ClientStore } from './client-store.ts'

/** What a request brought to prove who it comes from (RFC 6749 §2.3). */
export type ClientCredentials = {
  readonly id: string
  /** How it was brought; `none` where there is an id alone. */
  readonly method: ClientAuthenticationMethod
  readonly secret: string | undefined
}

export type AuthenticateClient = (credentials: ClientCredentials, origin: Origin) => Promise<Client>

export type AuthenticateParts = {
  readonly clients: ClientStore
  readonly attempts: AttemptStore
  readonly audit: Audit
  readonly clock: Clock
  readonly limits: { readonly perClient: number; readonly window: number }
}

/**
 * Makes client authentication: settles with the client, or refuses `invalid_client`. Each client has one method and no
 * request can choose a weaker one. Failures of one client from one address are counted; beyond the limit they are told
 * to wait, while the right secret still passes (it cannot be guessed, and nobody shall be able to lock a client out).
 */
export function clientAuthenticator(parts: AuthenticateParts): AuthenticateClient {
  return async (credentials, origin) => {
    const client = await parts.clients.find(credentials.id)
    const failure = findFailure(client, credentials, parts.clock.now())
    if (client && failure === undefined) return client
    // Made-up ids from one network are one counter and one line a minute: a stranger cannot fill the trail with them.
    const whose = `${client?.id ?? ''}\n${networkOf(origin.address)}`
    await parts.audit.record('client.authentication_failed', {
      outcome: 'failure',
      clientId: client?.id,
      actor: client ? `client:${client.id}` : 'client:unknown',
      origin,
      details: { method: credentials.method, reason: failure ?? 'unknown client' },
      repetitionKey: whose,
    })
    await countFailure(parts, `client:${digest(whose)}`)
    return refuse('invalid_client', failure ?? 'client authentication failed')
  }
}

const failed = 'client authentication failed'

/** Undefined where the credentials are right; otherwise what may be told, which never varies with the secret. */
function findFailure(client: Client | undefined, credentials: ClientCredentials, now: Date): string | undefined {
  const hash = digest(credentials.secret ?? '')
  if (!client) return failed
  const { authentication } = client
  if (authentication.method !== credentials.method) return `this client authenticates with ${authentication.method}`
  if (authentication.method === 'none') return client.enabled ? undefined : failed
  const isRight = authentication.secrets
    .filter((secret) => !secret.expiresAt || secret.expiresAt > now)
    .some((secret) => sameDigest(secret.hash, hash))
  return isRight && client.enabled ? undefined : failed
}

async function countFailure({ attempts, limits }: AuthenticateParts, key: string): Promise<void> {
  const claim = await attempts.claim([{ key, most: limits.perClient, window: limits.window }])
  if (claim.outcome === 'full') throw new Throttled('too many failed client authentications', claim.retryAfter)
}
