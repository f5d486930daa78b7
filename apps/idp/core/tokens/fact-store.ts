import type { Session } from '../sessions/session.ts'
import type { RevocationReason, TokenFamily } from './token-family.ts'

/** The birth of a session, the latest sign-in, and its end: enough to put it back where the fast store has lost it. */
export type SessionFact = Session & {
  /**
   * The digest of the cookie's secret; empty where an older version of Signet wrote the fact or the latest sign-in. Then
   * the session cannot be put back, and what that version did not write stands for nothing.
   */
  readonly secretHash: string
  readonly address: string
  readonly agent: string
  readonly endedAt: Date | undefined
  readonly endReason: RevocationReason | undefined
}

/**
 * The birth of a family, its floor, and its end: enough to put it back where the fast store has lost it. Where an older
 * version of Signet wrote the fact, `macKid` is empty and the family cannot be put back; then what that version did not
 * write (`generation`, `versions`, `amr` and the like) stands for nothing.
 */
export type FamilyFact = TokenFamily & {
  /** The floor: a generation that has been live; the true one may be greater by what the last seconds brought. */
  readonly generation: number
  /** Since when that was the live one. */
  readonly rotatedAt: Date
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

/** What is written behind, seconds late: a crash may lose the last of it, never what was there before. */
export type Uses = {
  readonly families: readonly Pick<FamilyFact, 'id' | 'generation' | 'rotatedAt'>[]
  readonly sessions: readonly Pick<SessionFact, 'id' | 'lastUsedAt'>[]
}

/** A client that a session has reached: it was given tokens, so that the person is signed in there too. */
export type Reach = Pick<FamilyFact, 'sid' | 'userId' | 'clientId'>

/** Which part of the sessions that an end reached. */
export type EndedPage = { readonly since: Date; readonly most: number; readonly after: string | undefined }

/** Where a listing of ends goes on: after this one. */
export type EndCursor = Pick<End, 'kind' | 'id' | 'version'>

/** Where a listing of pending ends goes on: after this one. */
export type PendingCursor = EndCursor & Pick<End, 'at'>

/**
 * Terminal facts, durable: births and ends. An end is put here before the answer leaves, applied to the fast store, and
 * then noted as applied; what is not applied yet can be found and applied again.
 */
export interface FactStore {
  beginSession(fact: SessionFact): Promise<void>
  /** Notes that the person has signed in again. An older sign-in than the noted one, or of an unknown session, is nothing. */
  rotateSession(id: string, signIn: Pick<SessionFact, 'authTime' | 'amr' | 'secretHash'>): Promise<void>
  beginFamily(fact: FamilyFact): Promise<void>
  /**
   * Records an end and closes the facts it ends: a session with its bound families, a person's sessions and families, a
   * client's families, or all; of these, what copied an older version. Idempotent: the first reason and date stay.
   */
  put(end: End): Promise<void>
  /** Notes that the fast store knows an end. */
  claim(end: Pick<End, 'kind' | 'id' | 'version'>, appliedAt: Date): Promise<void>
  /**
   * Ends that are not applied yet, oldest first; at most `most` after the cursor, fewer where there are no more. What a
   * newer version has put there and this one cannot read is left out, and rejects where it is all there is.
   */
  listPending(most: number, after?: PendingCursor): Promise<readonly RecordedEnd[]>
  /** Ends whose mark must still be remembered, in a fixed order, at most `most` after the cursor; recorded since a date. */
  listEnds(now: Date, after: EndCursor | undefined, most: number, since?: Date): Promise<readonly RecordedEnd[]>
  /** Raises floors and dates of last use; none ever goes back, and what is unknown is nothing. */
  noteUses(uses: Uses): Promise<void>
  findSession(id: string): Promise<SessionFact | undefined>
  /** A person's sessions that have not ended or expired, newest first. */
  listSessions(userId: string, now: Date): Promise<readonly SessionFact[]>
  findFamily(id: string): Promise<FamilyFact | undefined>
  /** Families that have not ended or expired. */
  listFamilies(
    of: { readonly userId?: string; readonly clientId?: string; readonly sid?: string },
    now: Date,
  ): Promise<readonly FamilyFact[]>
  /**
   * The sessions of a person, or of everybody, that an end by version reached: with an older one, and not expired. Those
   * that had ended after `since` already are among them. By id, at most `most` after `after`.
   */
  listEnded(end: End, page: EndedPage): Promise<readonly string[]>
  /** The clients that these sessions have reached, each once for a session, whatever became of their families. */
  listReached(sids: readonly string[]): Promise<readonly Reach[]>
  /** How many sessions and families there are that have not ended or expired. */
  count(now: Date): Promise<{ readonly sessions: number; readonly families: number }>
  /** The version that the latest end of a person or client put in force; 0 where there was none. Outlives them. */
  findVersion(kind: 'user' | 'client', id: string): Promise<number>
  /** Bumps and returns the version that ends everything older. */
  bumpEverything(): Promise<number>
}
