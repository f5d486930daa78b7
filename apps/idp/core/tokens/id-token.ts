import { createHash } from 'node:crypto'
import type { ClaimsRequest } from '../authorize/claims-request.ts'
import type { Client } from '../clients/client.ts'
import { later, toSeconds } from '../clock.ts'
import type { Scopes } from '../oauth/scope.ts'
import { grantableWishes, pickClaims, releaseClaims, scopeOfClaim } from '../users/claims.ts'
import type { SidFor, SubjectFor } from '../users/subject.ts'
import type { User } from '../users/user.ts'
import type { ClientEncryption } from './encrypt-for-client.ts'
import type { SignJwt } from './sign.ts'
import type { TokenFamily } from './token-family.ts'

/** What an ID token says of a sign-in, and which other token it vouches for. */
export type IdTokenOrder = {
  readonly client: Client
  /** Undefined where no claim of theirs is asked for. */
  readonly user: User | undefined
  readonly signIn: Pick<TokenFamily, 'userId' | 'sid' | 'authTime' | 'acr' | 'amr'>
  /** Only in the ID token that answers the authorization request itself. */
  readonly nonce: string | undefined
  /** The claims that the `claims` parameter asks of the ID token. */
  readonly idTokenClaims: ClaimsRequest['idToken']
  /** Scopes whose claims stand in the token itself: where no access token can fetch them from UserInfo (Core §5.4). */
  readonly claimsOf?: Scopes | undefined
  /** What stands beside it in the same answer, and is bound to it by a hash (Core §3.1.3.6, §3.3.2.11). */
  readonly beside: {
    readonly accessToken?: string | undefined
    readonly code?: string | undefined
    readonly state?: string | undefined
  }
}

export type MakeIdToken = (order: IdTokenOrder, now: Date) => Promise<string>

export type IdTokenParts = {
  readonly issuer: string
  readonly sign: SignJwt
  readonly subjectFor: SubjectFor
  readonly sidFor: SidFor
  readonly encryption: ClientEncryption
  /** Seconds. */
  readonly lifetime: number
}

/**
 * Makes the maker of ID tokens, whatever hands them out (OpenID Connect Core §2, §3.1.3.6). Claims asked for by name are
 * added; the protocol's own always win. Signed, and then encrypted to the client where it registered that (Core §2).
 */
export function idTokenMaker({ issuer, sign, subjectFor, sidFor, encryption, lifetime }: IdTokenParts): MakeIdToken {
  return async ({ client, user, signIn, nonce, idTokenClaims, claimsOf = new Set(), beside }, now) => {
    const wishes = user ? grantableWishes(idTokenClaims, user).filter((claim) => mayAskFor(client, claim)) : []
    const hash = (text: string | undefined) => (text === undefined ? undefined : halfHash(text, client.idTokenAlg))
    const signed = await sign({
      typ: 'JWT',
      alg: client.idTokenAlg,
      issuedAt: now,
      expiresAt: later(now, lifetime),
      claims: {
        ...(user && { ...releaseClaims(user, claimsOf), ...pickClaims(user, wishes) }),
        iss: issuer,
        sub: subjectFor(client, signIn.userId),
        aud: client.id,
        auth_time: toSeconds(signIn.authTime),
        nonce,
        acr: signIn.acr,
        amr: signIn.amr,
        sid: sidFor(client, signIn.sid),
        at_hash: hash(beside.accessToken),
        c_hash: hash(beside.code),
        s_hash: hash(beside.state),
      },
    })
    return encryption.encrypt(signed, client, { encryption: client.idTokenEncryption, cty: 'JWT' })
  }
}

/** A claim asked for by name is released only as long as the client may have its scope. */
export function mayAskFor(client: Client, claim: string): boolean {
  return client.scopes.has(scopeOfClaim(claim))
}

/** The left half of a text's hash, by the hash of the ID token's algorithm (Core §3.1.3.6); Ed25519 uses SHA-512. */
function halfHash(text: string, alg: string): string {
  const whole = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256')
    .update(text)
    .digest()
  return whole.subarray(0, whole.length / 2).toString('base64url')
}
