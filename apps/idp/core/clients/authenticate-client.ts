import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import { refuse, Throttled } from '../oauth/error.ts'
import type { Origin } from '../oauth/origin.ts'
import { digest, sameDigest } from '../oauth/random.ts'
import type { AttemptStore } from '../users/attempts.ts'
import { networkOf } from '../users/guess-limits.ts'
import { algsOfMethod } from './assertion-algs.ts'
import type { Client } from './client.ts'
import type { VerifyAssertion } from './client-assertion.ts'
import { type ClientCertificate, faultOfCertificate, provesByCertificate } from './client-certificate.ts'
import type { FindClientKey } from './client-keys.ts'
import { secretsOf } from './client-secret.ts'
import type { ClientStore, Freshness } from './client-store.ts'
import type { ReplayStore } from './replay-store.ts'

/**
 * What a request brought to prove who it comes from (RFC 6749 §2.3). A certificate may have come with any of them; it
 * counts for clients that prove themselves with one, beside their `client_id` alone (RFC 8705 §2), and for no other.
 */
export type ClientCredentials = { readonly certificate?: ClientCertificate | undefined } & BroughtCredentials

/** What stood in the request itself. */
export type BroughtCredentials =
  | {
      readonly id: string
      /** How it was brought; `none` where there is an id alone. */
      readonly method: 'none' | 'client_secret_basic' | 'client_secret_post'
      readonly secret: string | undefined
    }
  /** A JWT that says it is from this client (RFC 7523 §2.2); by a secret or a key, the client decides. */
  | { readonly id: string; readonly method: 'assertion'; readonly assertion: string }

/** `freshness` is how old a client's record may be that shows the proof to be right; `recent` unless told. */
export type AuthenticateClient = (
  credentials: ClientCredentials,
  origin: Origin,
  freshness?: Freshness,
) => Promise<Client>

export type AuthenticateParts = {
  readonly clients: ClientStore
  readonly attempts: AttemptStore
  readonly audit: Audit
  readonly clock: Clock
  readonly limits: { readonly perClient: number; readonly window: number }
  readonly verifyAssertion: VerifyAssertion
  /** Looks for the key of a certificate among those of a client. */
  readonly findKey: FindClientKey
  /** Where assertions are used up. */
  readonly replays: ReplayStore
}

/**
 * Makes client authentication: settles with the client, or refuses `invalid_client`. Each client has one method and no
 * request can choose a weaker one. Failures of one client from one address are counted; beyond the limit they are told
 * to wait, while the right secret still passes (it cannot be guessed, and nobody shall be able to lock a client out).
 * Nobody is refused by a remembered record: the client may have been given another secret since.
 */
export function clientAuthenticator(parts: AuthenticateParts): AuthenticateClient {
  return async (credentials, origin, freshness) => {
    const known = await parts.clients.find(credentials.id, freshness)
    let client = known
    let proof = await examine(parts, client, credentials)
    if (known && 'failure' in proof) {
      client = await parts.clients.find(credentials.id, 'now')
      proof = await examine(parts, client, credentials)
    }
    const failure = 'failure' in proof ? proof.failure : await useUp(parts, proof)
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

/** What credentials came to: a failure that may be told and never varies with a secret, or what is to be used up. */
type Proof =
  | { readonly failure: string }
  | { readonly once: { readonly key: string; readonly until: Date } | undefined }

async function examine(
  parts: AuthenticateParts,
  client: Client | undefined,
  credentials: ClientCredentials,
): Promise<Proof> {
  const now = parts.clock.now()
  if (credentials.method === 'assertion') return examineAssertion(parts, client, { ...credentials, now })
  // Before anything is known of the client, so that an unknown one takes as long.
  const hash = digest(credentials.secret ?? '')
  if (!client) return { failure: failed }
  const { authentication } = client
  if (credentials.method === 'none' && provesByCertificate(authentication)) {
    const question = { client, authentication, shown: credentials.certificate, now }
    const failure = await faultOfCertificate(question, parts.findKey)
    if (failure !== undefined) return { failure }
    return client.enabled ? { once: undefined } : { failure: failed }
  }
  if (authentication.method !== credentials.method) return otherMethod(authentication)
  const secrets = secretsOf(authentication).filter(({ expiresAt }) => !expiresAt || expiresAt > now)
  const isRight = authentication.method === 'none' || secrets.some((secret) => sameDigest(secret.hash, hash))
  return isRight && client.enabled ? { once: undefined } : { failure: failed }
}

type Presented = { readonly assertion: string; readonly now: Date }

async function examineAssertion(
  { verifyAssertion }: AuthenticateParts,
  client: Client | undefined,
  { assertion, now }: Presented,
): Promise<Proof> {
  if (!client) return { failure: failed }
  if (algsOfMethod(client.authentication.method).length === 0) return otherMethod(client.authentication)
  const verified = await verifyAssertion(assertion, client, now)
  if (verified.outcome === 'refused') return { failure: verified.why }
  if (!client.enabled) return { failure: failed }
  return { once: { key: digest(`client assertion\n${client.id}\n${verified.jti}`), until: verified.until } }
}

function otherMethod({ method }: Client['authentication']): Proof {
  return { failure: `this client authenticates with ${method}` }
}

/** The claim comes last: what fails for another reason uses nothing up. */
async function useUp({ replays }: AuthenticateParts, { once }: Exclude<Proof, { failure: string }>) {
  if (!once || (await replays.claim(once.key, once.until)) === 'claimed') return undefined
  return 'the client assertion was used before'
}

async function countFailure({ attempts, limits }: AuthenticateParts, key: string): Promise<void> {
  const claim = await attempts.claim([{ key, most: limits.perClient, window: limits.window }])
  if (claim.outcome === 'full') throw new Throttled('too many failed client authentications', claim.retryAfter)
}
