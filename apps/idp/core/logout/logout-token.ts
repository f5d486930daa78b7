import type { Client } from '../clients/client.ts'
import { later } from '../clock.ts'
import { random } from '../oauth/random.ts'
import type { ClientEncryption } from '../tokens/encrypt-for-client.ts'
import type { SignJwt } from '../tokens/sign.ts'
import type { SidFor, SubjectFor } from '../users/subject.ts'
import type { LogoutNotice } from './notice-store.ts'

export type LogoutTokenParts = {
  readonly issuer: string
  readonly sign: SignJwt
  readonly subjectFor: SubjectFor
  readonly sidFor: SidFor
  readonly encryption: ClientEncryption
}

export type MakeLogoutToken = (
  client: Client,
  notice: Pick<LogoutNotice, 'sid' | 'userId'>,
  now: Date,
) => Promise<string>

/** Seconds; a logout token is for now, and at most two minutes are recommended (Back-Channel Logout 1.0 §4). */
const lifetime = 120

const event = 'http://schemas.openid.net/event/backchannel-logout'

/**
 * Makes the maker of logout tokens (Back-Channel Logout 1.0 §2.4): signed and encrypted as the client's ID tokens are
 * (§2.6), about the same subject and session. Its `typ` and the missing nonce keep it from passing for an ID token.
 */
export function logoutTokenMaker({ issuer, sign, subjectFor, sidFor, encryption }: LogoutTokenParts): MakeLogoutToken {
  return async (client, { sid, userId }, now) => {
    const signed = await sign({
      typ: 'logout+jwt',
      alg: client.idTokenAlg,
      issuedAt: now,
      expiresAt: later(now, lifetime),
      claims: {
        ...{ iss: issuer, aud: client.id, sub: subjectFor(client, userId), sid: sidFor(client, sid) },
        ...{ jti: random('', 16), events: { [event]: {} } },
      },
    })
    return encryption.encrypt(signed, client, { encryption: client.idTokenEncryption, cty: 'JWT' })
  }
}
