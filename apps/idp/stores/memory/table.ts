import type { FoundCode } from '#core/authorize/authorization-code.ts'
import type { FoundRequest } from '#core/authorize/request-store.ts'
import type { Session } from '#core/sessions/session.ts'
import type { LiveFamily } from '#core/tokens/rotate-family.ts'

/** A session as it is kept: the cookie's secret only as a digest. */
export type LiveSession = { readonly session: Session; readonly secretHash: string }

/** Every type of record, and its shape. An end leaves `ended` in the record's own place, so that nothing can revive it. */
export type Records = {
  readonly request: FoundRequest
  readonly code: FoundCode
  readonly session: LiveSession | 'ended'
  readonly family: LiveFamily | 'ended'
  /** A revoked `jti`. */
  readonly token: 'ended'
  /** The version in force of a user, a client, or everything: what copied a smaller one has ended. */
  readonly user: number
  readonly client: number
  readonly everything: number
  /** Attempts in the window that closes at `until`. */
  readonly attempt: number
  /** What works once and was used. */
  readonly replay: 'used'
}

export type RecordType = keyof Records

/** A record and the date from which nobody can see it any more. */
export type Kept<R> = { readonly record: R; readonly until: Date }

/** Typed records under a type and an id, as one transaction sees them. Everything is synchronous: nothing can race. */
export interface Table {
  /** The time of this transaction. */
  readonly now: Date
  /** Undefined where there is none, or `until` has come: at that instant it is over. */
  get<T extends RecordType>(type: T, id: string): Kept<Records[T]> | undefined
  put<T extends RecordType>(type: T, id: string, kept: Kept<Records[T]>): void
  delete(type: RecordType, id: string): void
}

/** Runs verbs over a table. The promise settles when the verb is as durable as the store can make it. */
export interface Transactions {
  /** For verbs that change nothing. */
  read<A>(verb: (table: Table) => A): Promise<A>
  write<A>(verb: (table: Table) => A): Promise<A>
}

/**
 * Seconds that the memory of a family outlasts it (a reuse's mark, a code's tombstone): its last access token was born
 * before its end and may live a little longer.
 */
export const afterlife = 24 * 60 * 60

/** The later of two dates: an end that is marked twice lasts for the longer one. */
export function laterOf(one: Date, other: Date | undefined): Date {
  return other && other > one ? other : one
}
