import { toSeconds } from '../clock.ts'
import { formatScope, parseScope } from '../oauth/scope.ts'
import type { Json } from '../users/user.ts'
import type { AccessToken } from './access-token.ts'
import type { SignJwt } from './sign.ts'

/** The media type of JWT access tokens (RFC 9068 §2.1). */
export const accessTokenType = 'at+jwt'

const own: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'client_id',
  'scope',
  'iat',
  'exp',
  'jti',
  'auth_time',
  'acr',
  'amr',
  'sid',
  'fid',
  'ver',
])

/** Writes an access token as a JWT (RFC 9068 §2.2). */
export function encodeAccessToken(sign: SignJwt, issuer: string, token: AccessToken, alg: string): Promise<string> {
  const { issuedAt, expiresAt } = token
  const { iat: _iat, exp: _exp, ...claims } = accessClaims(issuer, token)
  return sign({ typ: accessTokenType, alg, issuedAt, expiresAt, claims })
}

/** What an access token says, whatever its form. `fid` is the family, `ver` the versions it was born under. */
export function accessClaims(issuer: string, token: AccessToken): { readonly [name: string]: Json | undefined } {
  const { versions } = token
  return {
    ...token.claims,
    iss: issuer,
    sub: token.sub,
    aud: token.audience,
    client_id: token.clientId,
    scope: formatScope(token.scopes),
    iat: toSeconds(token.issuedAt),
    exp: toSeconds(token.expiresAt),
    jti: token.jti,
    auth_time: token.authTime && toSeconds(token.authTime),
    acr: token.acr,
    amr: token.amr.length > 0 ? token.amr : undefined,
    sid: token.sid,
    fid: token.familyId,
    ver: [versions.user, versions.client, versions.everything],
  }
}

/** Reads the claims of an access token that was verified or unsealed; undefined where they are not ours. */
export function decodeAccessToken(claims: { readonly [name: string]: unknown }): AccessToken | undefined {
  const { jti, sub, client_id: clientId, aud: audience, iat, exp, ver } = claims
  if (!isText(jti) || !isText(sub) || !isText(clientId) || !isText(audience)) return undefined
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined
  const versions = readVersions(ver)
  if (!versions) return undefined
  return {
    jti,
    sub,
    clientId,
    audience,
    versions,
    scopes: parseScope(isText(claims.scope) ? claims.scope : '') ?? new Set(),
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
    authTime: typeof claims.auth_time === 'number' ? new Date(claims.auth_time * 1000) : undefined,
    acr: isText(claims.acr) ? claims.acr : undefined,
    amr: Array.isArray(claims.amr) ? claims.amr.filter(isText) : [],
    sid: isText(claims.sid) ? claims.sid : undefined,
    familyId: isText(claims.fid) ? claims.fid : undefined,
    claims: Object.fromEntries(Object.entries(claims).filter(([name]) => !own.has(name))) as { [name: string]: Json },
  }
}

function readVersions(ver: unknown): AccessToken['versions'] | undefined {
  if (!Array.isArray(ver)) return undefined
  const [user, client, everything]: unknown[] = ver
  if (typeof user !== 'number' || typeof client !== 'number' || typeof everything !== 'number') return undefined
  return { user, client, everything }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
