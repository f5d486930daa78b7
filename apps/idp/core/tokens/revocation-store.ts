import type { Freshness } from '../clients/client-store.ts'
import type { TokenVersions } from './token-family.ts'

/** A mark that ends tokens. Families and sessions are ended in their own stores; `has` sees those ends too. */
export type RevocationMark =
  | { readonly kind: 'token'; readonly jti: string; readonly until: Date }
  | { readonly kind: 'user' | 'client'; readonly id: string; readonly version: number; readonly until: Date }
  | { readonly kind: 'everything'; readonly version: number; readonly until: Date }

/** What a token says of itself, as far as an end can touch it. */
export type Revocable = {
  readonly jti: string | undefined
  readonly familyId: string | undefined
  /** Only where the token ends with the session. */
  readonly sessionId: string | undefined
  readonly userId: string | undefined
  readonly clientId: string
  readonly versions: TokenVersions
}

/** The marks for quick look-up. */
export interface RevocationStore {
  /** Sets a mark. Idempotent; a version never goes back. */
  add(mark: RevocationMark): Promise<void>
  /** Whether anything that the token depends on has ended: its `jti`, family, session, or a version it is older than. */
  has(token: Revocable): Promise<boolean>
  /**
   * The `everything` version in force; 0 where it was never bumped. `remembered`: the last one known will do where the
   * store does not answer. Whoever copies it for longer than a short-lived token asks for the one in force.
   */
  everything(freshness?: Freshness): Promise<number>
}
