import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { endSessionsOf } from './sessions.ts'
import { clientId, discover, issuer } from './sign-in.ts'

const event = 'http://schemas.openid.net/event/backchannel-logout'

let keys: ReturnType<typeof createRemoteJWKSet> | undefined

/**
 * The provider tells, from server to server, that a session has ended there: checks that it is really the provider
 * (OpenID Connect Back-Channel Logout 1.0 §2.6), and signs that session out here. Rejects where the token is no good.
 */
export async function backChannelLogout(logoutToken: string): Promise<void> {
  const jwksUri = (await discover()).serverMetadata().jwks_uri ?? ''
  keys ??= createRemoteJWKSet(new URL(jwksUri))
  const { payload } = await jwtVerify(logoutToken, keys, {
    issuer: issuer.href.replace(/\/$/, ''),
    audience: clientId,
    typ: 'logout+jwt',
    requiredClaims: ['iat', 'exp', 'jti'],
    clockTolerance: 30,
  })
  if (!isLogout(payload)) throw new Error('not a logout token')
  endSessionsOf({ sid: payload.sid, sub: payload.sub })
}

/** An ID token is signed by the same keys: it has a nonce and no such event. */
function isLogout(payload: JWTPayload): payload is JWTPayload & { readonly sid?: string } {
  const { events, nonce, sid, sub } = payload
  const isOfSomebody = typeof sid === 'string' || (sid === undefined && typeof sub === 'string')
  return typeof events === 'object' && events !== null && event in events && nonce === undefined && isOfSomebody
}
