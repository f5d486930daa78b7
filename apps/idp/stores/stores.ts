import type { ApiStore } from '#core/apis/api.ts'
import type { AuditStore } from '#core/audit/audit-event.ts'
import type { CodeStore } from '#core/authorize/authorization-code.ts'
import type { ConsentStore } from '#core/authorize/consent.ts'
import type { RequestStore } from '#core/authorize/request-store.ts'
import type { ClientStore } from '#core/clients/client-store.ts'
import type { ReplayStore } from '#core/clients/replay-store.ts'
import type { KeyMemory } from '#core/keys/key-memory.ts'
import type { KeyStore } from '#core/keys/stored-ring.ts'
import type { NoticeStore } from '#core/logout/notice-store.ts'
import type { DynamicClientStore } from '#core/registration/dynamic-client-store.ts'
import type { InitialTokenStore } from '#core/registration/initial-token.ts'
import type { SessionStore } from '#core/sessions/session-store.ts'
import type { FactStore } from '#core/tokens/fact-store.ts'
import type { RevocationStore } from '#core/tokens/revocation-store.ts'
import type { FamilyStore } from '#core/tokens/token-family.ts'
import type { AttemptStore } from '#core/users/attempts.ts'
import type { SecretStore } from '#core/users/subject-salt.ts'
import type { UserStore } from '#core/users/user-store.ts'
import type { EpochStore } from './epoch-store.ts'
import type { LeaseStore } from './lease-store.ts'
import type { RedisServers } from './redis/servers/redis-servers.ts'

/** What must never be lost: SQL (SQLite or PostgreSQL). */
export type DurableStores = {
  readonly users: UserStore
  readonly clients: ClientStore
  readonly dynamicClients: DynamicClientStore
  readonly initialTokens: InitialTokenStore
  readonly apis: ApiStore
  readonly consents: ConsentStore
  readonly facts: FactStore
  readonly notices: NoticeStore
  readonly audit: AuditStore
  /** The key ring for several machines, and the memory of which keys there ever were. */
  readonly databaseKeys: KeyStore
  readonly keyMemory: KeyMemory
  readonly epochs: EpochStore
  readonly leases: LeaseStore
  readonly secrets: SecretStore
  /**
   * Deletes what nobody needs any more: the trail before `audit`, and before `facts` the facts, applied ends, notices and
   * initial tokens that are over. In small batches, so that nobody waits for it; an aborted `signal` ends it after the
   * one that is under way.
   */
  purge(before: { readonly audit: Date; readonly facts: Date }, signal?: AbortSignal): Promise<void>
  /** The time of the database's own server, for agreeing on the time; absent where it has none (SQLite). */
  time?(): Promise<Date>
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
  readonly attempts: AttemptStore
  readonly replays: ReplayStore
  /** The Redis servers below, for their time, their settings and what machines tell each other; absent where there are none. */
  readonly servers?: RedisServers
  /** How many buckets of Redis (of 256) are being rebuilt, or not known yet; absent where there is no Redis. */
  rebuilding?(): number
  /** Rejects where the store cannot answer; for readiness. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Every store a server needs. */
export type Stores = DurableStores &
  Omit<FastStores, 'check' | 'close'> & {
    readonly keys: KeyStore
    /**
     * Another number after each change of a client, at whatever machine; undefined while one may be missed. Absent where
     * nobody tells.
     */
    clientChanges?(): number | undefined
  }
