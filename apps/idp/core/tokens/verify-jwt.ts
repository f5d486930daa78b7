import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import type { KeyRing } from '../keys/key-ring.ts'

export type VerifyJwt = (token: string, typ: string, now: Date) => Promise<VerifiedJwt | undefined>

export type VerifiedJwt = { readonly claims: JWTPayload; readonly isExpired: boolean; readonly kid: string }

/**
 * Makes the verifier of JWTs that this provider signed. The key is the one of our ring that the `kid` names and the
 * algorithm is that key's own: a token can bring neither (RFC 8725 §3.1, §3.10). Undefined for anything not ours or of
 * another `typ`; an expired one is told, and the caller decides. Rejects where a key may be new and cannot be looked for.
 */
export function jwtVerifier(ring: KeyRing, issuer: string): VerifyJwt {
  return async (token, typ, now) => {
    const kid = readKid(token)
    const verifier = kid === undefined ? undefined : await ring.findVerifier(kid, now)
    if (!kid || !verifier) return undefined
    try {
      const options = {
        issuer,
        typ,
        algorithms: [verifier.alg],
        currentDate: now,
        requiredClaims: ['sub', 'aud', 'exp', 'iat'],
      }
      const { payload } = await jwtVerify(token, verifier.key, options)
      return { claims: payload, isExpired: false, kid }
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { claims: error.payload, isExpired: true, kid }
      if (error instanceof errors.JOSEError) return undefined
      throw error
    }
  }
}

/** Three parts of base64url without padding or blanks (RFC 7515 §2, §7.1); libraries read more than that. */
const compactForm = /^[\w-]+\.[\w-]+\.[\w-]+$/

function readKid(token: string): string | undefined {
  if (!compactForm.test(token)) return undefined
  try {
    const { kid } = decodeProtectedHeader(token)
    return typeof kid === 'string' ? kid : undefined
  } catch {
    return undefined
  }
}
