import { SignJWT } from 'jose'
import { toSeconds } from '../clock.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { SigningKey } from '../keys/opened-ring.ts'
import { isSigningAlg } from '../keys/stored-ring.ts'
import type { Json } from '../users/user.ts'

export type JwtOrder = {
  /** The `typ` header, which keeps one kind of token from passing for another (RFC 8725 §3.11). */
  readonly typ: string | undefined
  readonly alg: string
  readonly claims: { readonly [name: string]: Json | undefined }
  readonly issuedAt: Date
  /** Undefined for what is an answer and no token. */
  readonly expiresAt: Date | undefined
}

export type SignJwt = (order: JwtOrder) => Promise<string>

/** Makes the one function that signs. It refuses to sign longer than the key promised to be published. */
export function jwtSigner(ring: KeyRing): SignJwt {
  return ({ typ, alg, claims, issuedAt, expiresAt }) => {
    const key = signerOf(ring, alg, issuedAt)
    const last = toSeconds(issuedAt) + key.tokenLife
    const exp = expiresAt && Math.min(toSeconds(expiresAt), last)
    return new SignJWT({ ...claims, iat: toSeconds(issuedAt), ...(exp === undefined ? {} : { exp }) })
      .setProtectedHeader({ alg, ...(typ === undefined ? {} : { typ }), kid: key.kid })
      .sign(key.privateKey)
  }
}

/** The key that signs with an algorithm at a moment. Throws where the ring has none: a fault of ours, not of a client. */
export function signerOf(ring: KeyRing, alg: string, at: Date): SigningKey {
  const key = isSigningAlg(alg) ? ring.signer(alg, at) : undefined
  if (!key) throw new Error(`no key of the ring signs with ${alg}`)
  return key
}
