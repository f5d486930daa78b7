import type { AccessToken } from './access-token.ts'

/** Where opaque access tokens live, by their digest (never by themselves). */
export interface AccessTokenStore {
  put(tokenHash: string, token: AccessToken): Promise<void>
  /** Undefined where it is unknown or expired. */
  find(tokenHash: string): Promise<AccessToken | undefined>
}
