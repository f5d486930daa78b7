import type { Scopes } from '../oauth/scope.ts'
import type { Json } from '../users/user.ts'
import type { TokenVersions } from './token-family.ts'

/** What an access token says, whatever its form (RFC 9068 §2.2 for the claims of the JWT form). */
export type AccessToken = {
  readonly jti: string
  /** A person's subject, or the client's own id where no person is involved. */
  readonly sub: string
  readonly clientId: string
  readonly audience: string
  readonly scopes: Scopes
  readonly issuedAt: Date
  readonly expiresAt: Date
  readonly authTime: Date | undefined
  readonly acr: string | undefined
  readonly amr: readonly string[]
  /** The session that it ends with; undefined where it outlives every session or none is involved. */
  readonly sid: string | undefined
  readonly familyId: string | undefined
  readonly versions: TokenVersions
  /** Claims beside the protocol's own: roles, groups, custom ones. They can never overwrite a protocol claim. */
  readonly claims: { readonly [name: string]: Json }
}
