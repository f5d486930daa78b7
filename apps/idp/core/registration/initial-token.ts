import type { Scopes } from '../oauth/scope.ts'

/** Lets its bearer register clients (RFC 7591 §1.2, "initial access token"). */
export type InitialToken = {
  readonly id: string
  /** SHA-256 of the token, base64url. */
  readonly hash: string
  /** How many registrations are left. */
  readonly uses: number
  /** What its clients may ask for; undefined leaves it to the settings. */
  readonly scopes: Scopes | undefined
  /** Whether its clients may have tokens for themselves (`client_credentials`). */
  readonly clientCredentials: boolean
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** Where initial access tokens are kept; durable. */
export interface InitialTokenStore {
  begin(token: InitialToken): Promise<void>
  /** The token with this digest, whatever is left of it. */
  find(hash: string): Promise<InitialToken | undefined>
  /** The same by its id. */
  findById(id: string): Promise<InitialToken | undefined>
  /** All of them, the newest first. */
  list(): Promise<readonly InitialToken[]>
  /**
   * Takes one use. Atomic: of any number of claims at once exactly as many are `claimed` as uses were left. `refused`
   * where none is, or it has expired, or it was revoked.
   */
  claim(id: string, now: Date): Promise<'claimed' | 'refused'>
  /** Forgets it; false where it is unknown. What was registered with it stays. */
  revoke(id: string): Promise<boolean>
}
