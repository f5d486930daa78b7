import type { Scopes } from '../oauth/scope.ts'
import type { SignInAtClient } from '../tokens/begin-family.ts'
import type { TokenVersions } from '../tokens/token-family.ts'
import { grantableWishes } from '../users/claims.ts'
import type { User } from '../users/user.ts'
import type { ClaimsRequest } from './claims-request.ts'

/** What a code stands for; stored under the code's digest (RFC 6749 §4.1.2). */
export type AuthorizationCode = {
  readonly clientId: string
  readonly userId: string
  readonly sessionId: string
  /** The absolute end of that session. */
  readonly sessionExpiresAt: Date
  readonly redirectUri: string
  readonly codeChallenge: string | undefined
  readonly scopes: Scopes
  readonly resource: string | undefined
  readonly nonce: string | undefined
  readonly authTime: Date
  readonly amr: readonly string[]
  readonly acr: string | undefined
  readonly claims: ClaimsRequest
  /** The family that redeeming it will begin, or go on with; chosen with the code, so that a replay can end it, born or not. */
  readonly familyId: string
  /** The family has begun with the answer already, which held tokens beside the code. */
  readonly hasBegun: boolean
  readonly versions: TokenVersions
  readonly expiresAt: Date
}

/** The sign-in at the client that a code stands for: what its family begins with. */
export function signInOf(code: AuthorizationCode, user: User): SignInAtClient {
  const { familyId: id, clientId, userId, sessionId, sessionExpiresAt, scopes, resource, versions } = code
  const { authTime, amr, acr, claims } = code
  const userinfoClaims = grantableWishes(claims.userinfo, user)
  return {
    ...{ id, clientId, userId, sessionId, sessionExpiresAt, scopes, resource, versions },
    ...{ authTime, amr, acr, userinfoClaims },
  }
}

/** What is remembered of a spent code: whose it was, and what it began, or would have. No more: it stays for long. */
export type SpentCode = Pick<AuthorizationCode, 'clientId' | 'userId' | 'sessionId' | 'familyId'>

/** A code as a look finds it. */
export type FoundCode =
  | { readonly spent: false; readonly code: AuthorizationCode }
  | { readonly spent: true; readonly code: SpentCode }

export type CodeClaim =
  | { readonly outcome: 'claimed'; readonly code: AuthorizationCode }
  /** Spent before: somebody holds a copy. */
  | { readonly outcome: 'replayed'; readonly code: SpentCode }
  /** Unknown or expired. */
  | { readonly outcome: 'refused' }

/**
 * Where codes live. A spent code stays as a tombstone until nothing that it began can live: with `offline_access` among
 * its scopes, for the absolute life of refresh tokens after the code's own; else until the end of its session. A day is
 * added for the last access token, which may outlive its family a little.
 */
export interface CodeStore {
  put(codeHash: string, code: AuthorizationCode): Promise<void>
  /** A look that changes nothing; a spent code is found too, so that a replay can be told from garbage. */
  find(codeHash: string): Promise<FoundCode | undefined>
  /** Exactly one caller is told `claimed`. An expired code is `refused`, a spent one `replayed` until its tombstone goes. */
  claim(codeHash: string): Promise<CodeClaim>
}
