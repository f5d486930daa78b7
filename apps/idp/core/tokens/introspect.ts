import type { Client } from '../clients/client.ts'
import type { ClientStore } from '../clients/client-store.ts'
import { later, toSeconds } from '../clock.ts'
import { formatScope } from '../oauth/scope.ts'
import type { Json } from '../users/user.ts'
import type { UserStore } from '../users/user-store.ts'
import type { LiveAccessToken, ReadAccessToken } from './read-access-token.ts'
import type { ReadRefreshToken } from './read-refresh-token.ts'
import { isRefreshToken } from './refresh-token.ts'
import type { RevocationStore } from './revocation-store.ts'
import { type FamilyStore, mayKeepAccess } from './token-family.ts'

/** What introspection answers (RFC 7662 §2.2). */
export type Introspection =
  | { readonly active: false }
  | { readonly active: true; readonly [member: string]: Json | undefined }

export type Introspect = (presented: string, caller: Client, now: Date) => Promise<Introspection>

export type IntrospectParts = {
  readonly issuer: string
  readonly readAccessToken: ReadAccessToken
  readonly readRefreshToken: ReadRefreshToken
  readonly families: FamilyStore
  readonly revocations: RevocationStore
  readonly users: UserStore
  readonly clients: ClientStore
  /** Seconds that a refresh token may lie unused. */
  readonly refreshIdle: number
}

const inactive: Introspection = { active: false }

/**
 * Makes token introspection. A client may ask about tokens of its own, an API's resource server about tokens of its
 * audience; for everybody else's the answer is `{"active":false}` and nothing more (RFC 7662 §2.1, §4).
 */
export function introspector(parts: IntrospectParts): Introspect {
  return async (presented, caller, now) => {
    if (isRefreshToken(presented)) return introspectRefreshToken(parts, presented, caller, now)
    const live = await parts.readAccessToken(presented, now)
    if (!live || !isTheirBusiness(live, caller)) return inactive
    return describe(parts.issuer, live)
  }
}

function isTheirBusiness({ token }: LiveAccessToken, caller: Client): boolean {
  return token.clientId === caller.id || token.audience === caller.resourceServerOf
}

function describe(issuer: string, { token, user }: LiveAccessToken): Introspection {
  return {
    ...token.claims,
    active: true,
    iss: issuer,
    sub: token.sub,
    aud: token.audience,
    client_id: token.clientId,
    username: user?.username,
    scope: formatScope(token.scopes),
    token_type: 'Bearer',
    iat: toSeconds(token.issuedAt),
    exp: toSeconds(token.expiresAt),
    jti: token.jti,
    sid: token.sid,
    acr: token.acr,
    auth_time: token.authTime && toSeconds(token.authTime),
  }
}

/** Only the generation that is live now is active; asking neither rotates nor ends anything. */
async function introspectRefreshToken(
  parts: IntrospectParts,
  presented: string,
  caller: Client,
  now: Date,
): Promise<Introspection> {
  const authentic = await parts.readRefreshToken(presented, caller)
  const found = authentic && (await parts.families.find(authentic.familyId))
  if (!found || found.generation !== authentic.generation) return inactive
  const { family, rotatedAt } = found
  if (family.macKid !== authentic.macKid) return inactive
  const expiresAt = earlierOf(family.expiresAt, later(rotatedAt, parts.refreshIdle))
  if (now >= expiresAt || !mayKeepAccess(caller, family)) return inactive
  const { id: familyId, userId, clientId, sessionId, versions } = family
  const [hasEnded, user, client] = await Promise.all([
    parts.revocations.has({ jti: undefined, familyId, sessionId, userId, clientId, versions }),
    parts.users.find(userId),
    parts.clients.find(clientId),
  ])
  if (hasEnded || !user?.enabled || user.tokenVersion > versions.user) return inactive
  if (!client?.enabled || client.tokenVersion > versions.client) return inactive
  return {
    active: true,
    iss: parts.issuer,
    sub: userId,
    client_id: clientId,
    username: user.username,
    scope: formatScope(family.scopes),
    exp: toSeconds(expiresAt),
    iat: toSeconds(rotatedAt),
  }
}

function earlierOf(one: Date, other: Date): Date {
  return one < other ? one : other
}
