import type { Scopes } from '../oauth/scope.ts'
import type { TokenVersions } from '../tokens/token-family.ts'
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
  /** The family that redeeming it will begin; chosen with the code, so that a replay can end it, born or not. */
  readonly familyId: string
  readonly versions: TokenVersions
  readonly expiresAt: Date
}

export type CodeClaim =
  | { readonly outcome: 'claimed'; readonly code: AuthorizationCode }
  /** Spent before: somebody holds a copy. `familyId` is what the code began, or would have. */
  | { readonly outcome: 'replayed'; readonly code: AuthorizationCode }
  /** Unknown or expired. */
  | { readonly outcome: 'refused' }

/** Where codes live. A spent code stays as a tombstone for the longest life of a refresh token's session. */
export interface CodeStore {
  put(codeHash: string, code: AuthorizationCode): Promise<void>
  /** A look that changes nothing; a spent code is found too, so that a replay can be told from garbage. */
  find(codeHash: string): Promise<{ readonly spent: boolean; readonly code: AuthorizationCode } | undefined>
  /** Exactly one caller is told `claimed`. An expired code is `refused`, a spent one `replayed` until its tombstone goes. */
  claim(codeHash: string): Promise<CodeClaim>
}
