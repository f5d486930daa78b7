import type { Scopes } from '../oauth/scope.ts'

/** What a person allowed a client, remembered. */
export type Consent = {
  readonly userId: string
  readonly clientId: string
  readonly scopes: Scopes
  readonly givenAt: Date
}

/** Where consents are kept; durable. */
export interface ConsentStore {
  find(userId: string, clientId: string): Promise<Consent | undefined>
  list(userId: string): Promise<readonly Consent[]>
  /**
   * Adds what was allowed to what was allowed before: the scopes of both, and the later date. Atomic: of two that come
   * at once, as from two tabs, both are remembered. Only `end` takes away.
   */
  put(consent: Consent): Promise<void>
  end(userId: string, clientId: string): Promise<boolean>
}
