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
  /** Remembers what was allowed, in place of what was remembered before. */
  put(consent: Consent): Promise<void>
  end(userId: string, clientId: string): Promise<boolean>
}
