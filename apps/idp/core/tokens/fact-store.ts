import type { RevocationReason, TokenFamily } from './token-family.ts'

/** The birth of a session, the latest sign-in, and its end. */
export type SessionFact = {
  readonly id: string
  readonly userId: string
  readonly authTime: Date
  readonly amr: readonly string[]
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly address: string
  readonly agent: string
  readonly endedAt: Date | undefined
  readonly endReason: RevocationReason | undefined
}

/** The birth of a family, and its end. */
export type FamilyFact = Pick<
  TokenFamily,
  'id' | 'clientId' | 'userId' | 'sessionId' | 'sid' | 'scopes' | 'createdAt' | 'expiresAt'
> & {
  readonly endedAt: Date | undefined
  readonly endReason: RevocationReason | undefined
}

/** An end that must never be lost. `id` is a jti, a family, a session, a user or a client; empty for everything. */
export type End = {
  readonly kind: 'token' | 'family' | 'session' | 'user' | 'client' | 'everything'
  readonly id: string
  /** For users, clients and everything: the version that is in force now. */
  readonly version: number | undefined
  readonly reason: RevocationReason
  readonly at: Date
  /** Until when the mark must be remembered. */
  readonly until: Date
}

/** An end as SQL has it; `appliedAt` is undefined until the fast store knows. */
export type RecordedEnd = End & { readonly appliedAt: Date | undefined }

/**
 * Terminal facts, durable: births and ends. An end is put here before the answer leaves, applied to the fast store, and
 * then noted as applied; what is not applied yet can be found and applied again.
 */
export interface FactStore {
  beginSession(fact: SessionFact): Promise<void>
  /** Notes that the person has signed in again. An older sign-in than the noted one, or of an unknown session, is nothing. */
  rotateSession(id: string, signIn: Pick<SessionFact, 'authTime' | 'amr'>): Promise<void>
  beginFamily(fact: FamilyFact): Promise<void>
  /**
   * Records an end and closes the facts it ends: a session with its bound families, a person's sessions and families, a
   * client's families, or all. Idempotent: the first reason and date stay.
   */
  put(end: End): Promise<void>
  /** Notes that the fast store knows an end. */
  claim(end: Pick<End, 'kind' | 'id' | 'version'>, appliedAt: Date): Promise<void>
  /** Ends that are not applied yet, oldest first. */
  listPending(): Promise<readonly RecordedEnd[]>
  findSession(id: string): Promise<SessionFact | undefined>
  /** A person's sessions that have not ended or expired, newest first. */
  listSessions(userId: string, now: Date): Promise<readonly SessionFact[]>
  findFamily(id: string): Promise<FamilyFact | undefined>
  /** Families that have not ended or expired. */
  listFamilies(
    of: { readonly userId?: string; readonly clientId?: string; readonly sid?: string },
    now: Date,
  ): Promise<readonly FamilyFact[]>
  /** How many sessions and families there are that have not ended or expired. */
  count(now: Date): Promise<{ readonly sessions: number; readonly families: number }>
  /** The version that the latest end of a person or client put in force; 0 where there was none. Outlives them. */
  findVersion(kind: 'user' | 'client', id: string): Promise<number>
  /** Bumps and returns the version that ends everything older. */
  bumpEverything(): Promise<number>
}
