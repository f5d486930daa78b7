import type { Session } from './session.ts'

/**
 * Where sessions live while they are used. The cookie is `<id>.<secret>`; only the secret's digest is stored
 * (why it names the session: docs/decisions/0009).
 * An ended session leaves a mark until `expiresAt`, so that what is bound to it is known to be dead.
 */
export interface SessionStore {
  begin(session: Session, secretHash: string): Promise<void>
  /**
   * The session whose secret this is, neither ended nor idle too long; notes the use (once a minute).
   * `lost`: not here (any more, once expired), or from before the store lost its memory; only SQL knows what became of it.
   */
  find(id: string, secretHash: string): Promise<Session | 'lost' | undefined>
  /** Puts back a session that is `lost`, as SQL remembers it; `known` where it is here already, live or ended. */
  recover(session: Session, secretHash: string): Promise<'recovered' | 'known'>
  /**
   * Signs the same person in again: new secret, new `authTime` and `amr`, the old secret is dead at once.
   * `refused` where the session is gone or the secret is not the live one.
   */
  rotate(id: string, renewal: SessionRenewal): Promise<'rotated' | 'refused'>
  /** Ends it. Idempotent; marks an unknown id too, until `expiresAt`. */
  end(id: string, expiresAt: Date): Promise<void>
}

export type SessionRenewal = {
  readonly secretHash: string
  readonly nextSecretHash: string
  readonly authTime: Date
  readonly amr: readonly string[]
}
