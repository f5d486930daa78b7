import type { Client } from '../clients/client.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { findMacKey } from './mac-key.ts'
import { isAuthentic, splitRefreshToken } from './refresh-token.ts'
import type { PresentedRefreshToken } from './token-family.ts'

/**
 * A refresh token whose MAC one of our keys made for this client. Whether it is the family's own key, and whether the
 * token is still good, the store knows.
 */
export type AuthenticRefreshToken = Pick<PresentedRefreshToken, 'familyId' | 'generation' | 'macKid'>

export type ReadRefreshToken = (presented: string, client: Client) => Promise<AuthenticRefreshToken | undefined>

/**
 * Makes the reader of refresh tokens. The MAC proves family, generation and client before any store is asked, so that
 * garbage, or another client's token, never moves or ends anything. An unknown MAC key is looked for once;
 * where the ring cannot be read the answer is 503, and only a ring that was read and lacks the key says "not ours".
 */
export function refreshTokenReader(ring: KeyRing, issuer: string): ReadRefreshToken {
  return async (presented, client) => {
    const parts = splitRefreshToken(presented)
    if (!parts) return undefined
    const key = await findMacKey(ring, parts.kid)
    if (!key) return undefined
    const { familyId, generation, mac } = parts
    return isAuthentic(key, { issuer, familyId, generation, clientId: client.id }, mac)
      ? { familyId, generation, macKid: key.kid }
      : undefined
  }
}
