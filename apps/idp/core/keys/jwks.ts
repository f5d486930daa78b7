import { createHash, type webcrypto } from 'node:crypto'
import type { PublicJwk, StoredKeyPair } from './stored-ring.ts'

/** The JWKS as it goes over the wire. `maxAge` is seconds, for `Cache-Control`. */
export type Jwks = { readonly body: Buffer; readonly etag: string; readonly maxAge: number }

/** The public members of each key type (RFC 7518 §6.2.1 and §6.3.1, RFC 8037 §2). Nothing else ever leaves. */
const membersOf: { readonly [kty: string]: readonly string[] } = {
  RSA: ['n', 'e'],
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
}

/** Picks the public members of a key by name: a member that is not known to be public is left out. */
export function publicMembers(jwk: webcrypto.JsonWebKey | PublicJwk): PublicJwk {
  const { kty = '', ...members }: Record<string, unknown> & { kty?: string } = { ...jwk }
  const known = membersOf[kty] ?? []
  return { kty, ...Object.fromEntries(known.map((name) => [name, String(members[name])])) }
}

/**
 * Writes the JWKS (RFC 7517 §5): every key with its `kid` and `use`. A signing key has its `alg`; one to encrypt to has
 * none, since several fit it and whoever encrypts picks one.
 */
export function writeJwks(keys: readonly StoredKeyPair[], maxAge: number): Jwks {
  const entries = keys.map(({ kid, use, alg, publicJwk }) => ({
    ...publicMembers(publicJwk),
    kid,
    use,
    ...(use === 'sig' ? { alg } : {}),
  }))
  const body = Buffer.from(JSON.stringify({ keys: entries }))
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"`, maxAge }
}
