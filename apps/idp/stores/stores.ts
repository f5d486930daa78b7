import type { ApiStore } from '#core/apis/api.ts'
import type { AuditStore } from '#core/audit/audit-event.ts'
import type { CodeStore } from '#core/authorize/authorization-code.ts'
import type { ConsentStore } from '#core/authorize/consent.ts'
import type { RequestStore } from '#core/authorize/request-store.ts'
import type { ClientStore } from '#core/clients/client-store.ts'
import type { KeyMemory } from '#core/keys/key-memory.ts'
import type { KeyStore } from '#core/keys/stored-ring.ts'
import type { SessionStore } from '#core/sessions/session-store.ts'
import type { AccessTokenStore } from '#core/tokens/access-token-store.ts'
import type { FactStore } from '#core/tokens/fact-store.ts'
import type { RevocationStore } from '#core/tokens/revocation-store.ts'
import type { FamilyStore } from '#core/tokens/token-family.ts'
import type { AttemptStore } from '#core/users/attempts.ts'
import type { UserStore } from '#core/users/user-store.ts'

/** What must never be lost: SQL (SQLite or PostgreSQL). */
export type DurableStores = {
  readonly users: UserStore
  readonly clients: ClientStore
  readonly apis: ApiStore
  readonly consents: ConsentStore
  readonly facts: FactStore
  readonly audit: AuditStore
  /** The key ring for several machines, and the memory of which keys there ever were. */
  readonly databaseKeys: KeyStore
  readonly keyMemory: KeyMemory
  /**
   * Deletes what nobody needs any more: the trail before `audit`, and facts and applied ends over before `facts`. In
   * small batches, so that nobody waits for it; an aborted `signal` ends it after the one that is under way.
   */
  purge(before: { readonly audit: Date; readonly facts: Date }, signal?: AbortSignal): Promise<void>
  /** Rejects where the database cannot answer; for readiness. */
  check(): Promise<void>
  close(): Promise<void>
}

/** What is fast and short: the embedded store, or Redis. */
export type FastStores = {
  readonly requests: RequestStore
  readonly codes: CodeStore
  readonly sessions: SessionStore
  readonly families: FamilyStore
  readonly revocations: RevocationStore
  readonly accessTokens: AccessTokenStore
  readonly attempts: AttemptStore
  /** Rejects where the store cannot answer; for readiness. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Every store a server needs. */
export type Stores = DurableStores & Omit<FastStores, 'check' | 'close'> & { readonly keys: KeyStore }
