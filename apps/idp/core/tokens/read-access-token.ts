import type { Client } from '../clients/client.ts'
import type { ClientStore } from '../clients/client-store.ts'
import { intersection } from '../oauth/scope.ts'
import type { User } from '../users/user.ts'
import type { UserStore } from '../users/user-store.ts'
import type { AccessToken } from './access-token.ts'
import { accessTokenType, decodeAccessToken } from './encode-access-token.ts'
import { isOpaqueToken, type ReadOpaqueToken } from './opaque-token.ts'
import type { RevocationStore } from './revocation-store.ts'
import type { VerifyJwt } from './verify-jwt.ts'

/** A token that is in force now, with its client and the person it is about; `user` is undefined for a client's own. */
export type LiveAccessToken = { readonly token: AccessToken; readonly client: Client; readonly user: User | undefined }

export type ReadAccessToken = (presented: string, now: Date) => Promise<LiveAccessToken | undefined>

export type AccessTokenReaderParts = {
  readonly verify: VerifyJwt
  readonly readOpaqueToken: ReadOpaqueToken
  readonly revocations: RevocationStore
  readonly users: UserStore
  readonly clients: ClientStore
}

/**
 * Makes the reader of access tokens, JWT or opaque. Undefined for what is not one, has expired, or depends on anything
 * that ended; without the scopes that its client may not have any more. Asks the stores on every call: a positive
 * answer is never remembered.
 */
export function accessTokenReader(parts: AccessTokenReaderParts): ReadAccessToken {
  return async (presented, now) => {
    const token = isOpaqueToken(presented)
      ? await parts.readOpaqueToken(presented)
      : await readJwt(parts.verify, presented, now)
    if (!token || token.expiresAt <= now) return undefined
    const { jti, familyId, sid: sessionId, clientId, versions } = token
    const isOwn = token.sub === clientId
    const userId = isOwn ? undefined : token.sub
    const [hasEnded, client, user] = await Promise.all([
      parts.revocations.has({ jti, familyId, sessionId, userId, clientId, versions }),
      parts.clients.find(clientId),
      userId === undefined ? undefined : parts.users.find(userId),
    ])
    if (hasEnded || !client?.enabled || client.tokenVersion > versions.client) return undefined
    const narrowed = { ...token, scopes: intersection(token.scopes, client.scopes) }
    if (isOwn) return { token: narrowed, client, user: undefined }
    if (!user?.enabled || user.tokenVersion > versions.user) return undefined
    return { token: narrowed, client, user }
  }
}

async function readJwt(verify: VerifyJwt, presented: string, now: Date): Promise<AccessToken | undefined> {
  const verified = await verify(presented, accessTokenType, now)
  return verified && !verified.isExpired ? decodeAccessToken(verified.claims) : undefined
}
