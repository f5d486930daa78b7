import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from 'jose'

/** A verifier as strict as its cache: it takes the JWKS for exactly `max-age` and never asks again before. */
export type CachingVerifier = {
  /** Resolves where the token is good; rejects with why it is not. */
  verify(token: string): Promise<void>
}

/**
 * A verifier that never fetches for an unknown `kid`, as many gateways do. The age counts from the request, as a cache
 * has to take it: the answer may have been on its way since then (RFC 9111 §4.2.3).
 */
export function aCachingVerifier(issuer: string): CachingVerifier {
  let cached: { readonly keys: JWTVerifyGetKey; readonly until: number } | undefined
  let fetching: Promise<JWTVerifyGetKey> | undefined

  async function take(): Promise<JWTVerifyGetKey> {
    const asked = Date.now()
    const response = await fetch(`${issuer}/.well-known/jwks.json`)
    const keys = createLocalJWKSet((await response.json()) as JSONWebKeySet)
    const maxAge = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1])
    cached = { keys, until: asked + maxAge * 1000 }
    return keys
  }

  async function known(): Promise<JWTVerifyGetKey> {
    if (cached && Date.now() < cached.until) return cached.keys
    fetching ??= take().finally(() => {
      fetching = undefined
    })
    return fetching
  }

  return {
    async verify(token) {
      await jwtVerify(token, await known(), { issuer })
    },
  }
}
