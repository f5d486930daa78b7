import { isJwe, type OpenJwe } from './open-jwe.ts'
import type { VerifyJwt } from './verify-jwt.ts'

/** What an ID token of ours says, given back to us as a hint; `sub` is the subject that its client knows. */
export type HintedIdToken = {
  readonly sub: string
  readonly clientId: string
  readonly sid: string | undefined
  readonly isExpired: boolean
}

/**
 * Makes the reader of `id_token_hint`. An expired one still says whom it was about (RP-Initiated Logout 1.0 §2), which
 * the result tells; any other fault, or another kind of token, is undefined. A client that was sent an encrypted one
 * gives back what was in it, or encrypts that to us (OpenID Connect Core §3.1.2.1).
 */
export function idTokenReader(
  verify: VerifyJwt,
  openJwe: OpenJwe,
): (idToken: string, now: Date) => Promise<HintedIdToken | undefined> {
  return async (idToken, now) => {
    const signed = isJwe(idToken) ? await openJwe(idToken, now) : idToken
    const verified = signed === undefined ? undefined : await verify(signed, 'JWT', now)
    const { sub, aud, sid } = verified?.claims ?? {}
    if (!verified || typeof sub !== 'string' || typeof aud !== 'string') return undefined
    return { sub, clientId: aud, sid: typeof sid === 'string' ? sid : undefined, isExpired: verified.isExpired }
  }
}
