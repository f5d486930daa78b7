import type { Client } from '../clients/client.ts'
import type { Json } from '../users/user.ts'
import type { ClientEncryption } from './encrypt-for-client.ts'
import type { SignJwt } from './sign.ts'

type Claims = { readonly [claim: string]: Json }

/** An answer of UserInfo: an object, or the text of a JWT. */
export type UserInfo =
  | { readonly type: 'application/json'; readonly body: Claims }
  | { readonly type: 'application/jwt'; readonly body: string }

export type WriteUserInfo = (claims: Claims, client: Client, now: Date) => Promise<UserInfo>

export type UserInfoParts = {
  readonly issuer: string
  readonly sign: SignJwt
  readonly encryption: ClientEncryption
}

/**
 * Makes the writer of UserInfo as the client registered it (OpenID Connect Core §5.3.2): plain, signed, encrypted, or
 * both. A signed one has `iss` and `aud`, and neither `typ` nor `exp`: with these it could pass for an ID token.
 */
export function userInfoWriter({ issuer, sign, encryption }: UserInfoParts): WriteUserInfo {
  return async (claims, client, now) => {
    const { userInfoAlg: alg, userInfoEncryption } = client
    if (alg === undefined && !userInfoEncryption) return { type: 'application/json', body: claims }
    const said = { ...claims, iss: issuer, aud: client.id }
    const text =
      alg === undefined
        ? JSON.stringify(claims)
        : await sign({ typ: undefined, alg, claims: said, issuedAt: now, expiresAt: undefined })
    const how = { encryption: userInfoEncryption, ...(alg === undefined ? {} : { cty: 'JWT' as const }) }
    return { type: 'application/jwt', body: await encryption.encrypt(text, client, how) }
  }
}
