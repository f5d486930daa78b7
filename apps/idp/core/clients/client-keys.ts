import type { SafeFetch } from '../outbound/safe-fetch.ts'
import type { Client } from './client.ts'
import { type ClientJwk, usableKeys } from './client-jwks.ts'

/** Which key is looked for: the `kid` of a header, where it has one, and the algorithm. */
export type KeyQuestion = {
  readonly kid: string | undefined
  readonly fits: (key: ClientJwk) => boolean
  /** The first that fits is taken: whoever published several can use each. */
  readonly anyWillDo?: boolean
}

/** The one key that was meant; `ambiguous` where several fit and no `kid` says which; `unreadable` where none could be read. */
export type FoundKey =
  | { readonly outcome: 'found'; readonly key: ClientJwk }
  | { readonly outcome: 'unknown' | 'ambiguous' | 'unreadable' }

export type FindClientKey = (client: Client, question: KeyQuestion) => Promise<FoundKey>

/** Media types of a JWKS: RFC 7517 §8.5, and what most servers say. */
const types = ['application/jwk-set+json', 'application/json']
/** Seconds between two requests for news, however many unknown keys are asked for. */
const newsEvery = 30

/**
 * Makes the look-up of clients' keys: those registered, or those at the client's `jwks_uri`. A key that is not among the
 * remembered ones is looked for once more, so that a client may change its keys when it likes (OpenID Connect Core
 * §10.1.1); not more often than every half minute for one address.
 */
export function clientKeyFinder(fetcher: Pick<SafeFetch, 'get'>): FindClientKey {
  return async ({ jwks, jwksUri }, question) => {
    if (jwks) return pick(jwks, question)
    if (jwksUri === undefined) return { outcome: 'unknown' }
    const remembered = await keysAt(fetcher, jwksUri)
    const found = remembered && pick(remembered, question)
    if (found && found.outcome !== 'unknown') return found
    const fresh = await keysAt(fetcher, jwksUri, newsEvery)
    return fresh ? pick(fresh, question) : { outcome: 'unreadable' }
  }
}

async function keysAt(
  fetcher: Pick<SafeFetch, 'get'>,
  uri: string,
  newerThan?: number,
): Promise<readonly ClientJwk[] | undefined> {
  const fetched = await fetcher.get(uri, newerThan === undefined ? { types } : { types, newerThan })
  if (fetched.outcome === 'failed') return undefined
  try {
    return usableKeys(JSON.parse(fetched.document.text))
  } catch {
    return undefined
  }
}

function pick(keys: readonly ClientJwk[], { kid, fits, anyWillDo = false }: KeyQuestion): FoundKey {
  const [key, ...others] = keys.filter((one) => fits(one) && (kid === undefined || one.kid === kid))
  if (!key) return { outcome: 'unknown' }
  return others.length > 0 && !anyWillDo ? { outcome: 'ambiguous' } : { outcome: 'found', key }
}
