import type { Client } from '../clients/client.ts'
import type { ClientStore } from '../clients/client-store.ts'
import { later, toSeconds } from '../clock.ts'
import { formatScope } from '../oauth/scope.ts'
import type { SidFor, SubjectFor } from '../users/subject.ts'
import type { Json, User } from '../users/user.ts'
import type { UserStore } from '../users/user-store.ts'
import type { FactStore } from './fact-store.ts'
import type { LiveAccessToken, ReadAccessToken } from './read-access-token.ts'
import type { ReadRefreshToken } from './read-refresh-token.ts'
import { findRecoverable } from './recover-family.ts'
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
  readonly families: Pick<FamilyStore, 'find'>
  readonly facts: Pick<FactStore, 'findFamily'>
  readonly revocations: RevocationStore
  readonly users: UserStore
  readonly clients: ClientStore
  readonly subjectFor: SubjectFor
  readonly sidFor: SidFor
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
    return describe(parts, live, caller)
  }
}

function isTheirBusiness({ token }: LiveAccessToken, caller: Client): boolean {
  return token.clientId === caller.id || token.audience === caller.resourceServerOf
}

/** An API sees the person's own subject; a client the one that it knows them by, and no name that says more. */
function describe(
  { issuer, subjectFor, sidFor }: IntrospectParts,
  { token, user }: LiveAccessToken,
  caller: Client,
): Introspection {
  const isOwn = token.clientId === caller.id
  return {
    ...token.claims,
    active: true,
    iss: issuer,
    sub: user && isOwn ? subjectFor(caller, user.sub) : token.sub,
    aud: token.audience,
    client_id: token.clientId,
    username: isOwn ? nameFor(caller, user) : user?.username,
    scope: formatScope(token.scopes),
    token_type: 'Bearer',
    iat: toSeconds(token.issuedAt),
    exp: toSeconds(token.expiresAt),
    jti: token.jti,
    sid: token.sid !== undefined && isOwn ? sidFor(caller, token.sid) : token.sid,
    acr: token.acr,
    auth_time: token.authTime && toSeconds(token.authTime),
  }
}

/**
 * Only the generation that is live now is active; asking neither rotates nor ends anything. Of a family that the fast
 * store has lost, those that would bring it back are.
 */
async function introspectRefreshToken(
  parts: IntrospectParts,
  presented: string,
  caller: Client,
  now: Date,
): Promise<Introspection> {
  const authentic = await parts.readRefreshToken(presented, caller)
  const known = authentic && (await parts.families.find(authentic.familyId))
  const found = known === 'lost' && authentic ? await findRecoverable(parts.facts, authentic, now) : known
  if (!authentic || !found || found === 'lost' || found.generation !== authentic.generation) return inactive
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
    sub: parts.subjectFor(caller, userId),
    client_id: clientId,
    username: nameFor(caller, user),
    scope: formatScope(family.scopes),
    exp: toSeconds(expiresAt),
    iat: toSeconds(rotatedAt),
  }
}

/** A username is the same everywhere: whoever shall not know a person again elsewhere is not told it. */
function nameFor(client: Client, user: User | undefined): string | undefined {
  return client.subjectType === 'pairwise' ? undefined : user?.username
}

function earlierOf(one: Date, other: Date): Date {
  return one < other ? one : other
}
