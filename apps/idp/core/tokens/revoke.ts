import type { Audit } from '../audit/audit.ts'
import type { Client } from '../clients/client.ts'
import { refuse } from '../oauth/error.ts'
import type { Origin } from '../oauth/origin.ts'
import type { Endings } from './end.ts'
import type { FactStore } from './fact-store.ts'
import type { ReadAccessToken } from './read-access-token.ts'
import type { ReadRefreshToken } from './read-refresh-token.ts'
import { isRefreshToken } from './refresh-token.ts'
import type { FamilyStore } from './token-family.ts'

export type RevokeToken = (presented: string, client: Client, about: { now: Date; origin: Origin }) => Promise<void>

export type RevokeParts = {
  readonly readAccessToken: ReadAccessToken
  readonly readRefreshToken: ReadRefreshToken
  readonly families: Pick<FamilyStore, 'find'>
  readonly facts: Pick<FactStore, 'findFamily'>
  readonly endings: Endings
  readonly audit: Audit
}

/**
 * Makes token revocation (RFC 7009). What is unknown, dead already or not a token of ours is done with: the promise
 * settles. A refresh token of any generation ends its whole family with its access tokens; an access token ends alone.
 * Settles only when the end is durable, so that the answer never claims what has not happened.
 */
export function tokenRevoker(parts: RevokeParts): RevokeToken {
  const { readAccessToken, readRefreshToken, families, facts, endings, audit } = parts
  return async (presented, client, { now, origin }) => {
    if (isRefreshToken(presented)) {
      const authentic = await readRefreshToken(presented, client)
      if (!authentic) return
      // Under another key than its family's it is not ours. One that is not found may be half ended: that is finished.
      const { familyId, macKid } = authentic
      const found = await families.find(familyId)
      const family = found === 'lost' ? await facts.findFamily(familyId) : found?.family
      if (family?.macKid && family.macKid !== macKid) return
      await endings.family(familyId, 'revoked_by_client')
      await audit.record('token.revoked', {
        clientId: client.id,
        familyId,
        origin,
        details: { kind: 'refresh_token' },
      })
      return
    }
    const live = await readAccessToken(presented, now)
    if (!live) return
    const { token, user } = live
    if (token.clientId !== client.id) refuse('unauthorized_client', 'the token was issued to another client')
    // Told first: once the token has ended, a retry after a failure finds nothing left to tell of.
    await audit.record('token.revoked', {
      clientId: client.id,
      userId: user?.sub,
      origin,
      details: { kind: 'access_token', jti: token.jti },
    })
    await endings.token(token.jti, token.expiresAt, 'revoked_by_client')
  }
}
