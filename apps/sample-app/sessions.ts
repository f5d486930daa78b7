import { randomBytes } from 'node:crypto'

/** What the provider handed out, with what this app needs to keep it fresh. Times are milliseconds since 1970. */
export type Tokens = {
  readonly idToken: string
  readonly accessToken: string
  readonly refreshToken: string | undefined
  readonly renewAt: number
  readonly expiresAt: number
}

/** One browser at this app. */
export type Session = {
  /** Sign-ins under way, by `state`: each tab has its own. */
  readonly pending: Map<string, { readonly verifier: string; readonly nonce: string }>
  /** `sid` is the provider's session, which may end elsewhere. */
  person: { readonly sub: string; readonly sid: string; readonly name: string } | undefined
  tokens: Tokens | undefined
  /** The refresh that is under way, if any: whoever needs fresh tokens meanwhile waits for this one. */
  refreshing: Promise<void> | undefined
}

const sessions = new Map<string, Session>()
const mostSessions = 10_000
const mostPending = 20

/** The session that a cookie names. */
export function findSession(id: string | undefined): Session | undefined {
  return id === undefined ? undefined : sessions.get(id)
}

/** A new session, under an id that nobody can guess. The oldest one goes where there are too many. */
export function beginSession(session: Session = emptySession()): string {
  const id = randomBytes(32).toString('base64url')
  sessions.set(id, session)
  if (sessions.size > mostSessions) dropOldest(sessions)
  return id
}

/** Remembers a sign-in until it comes back. */
export function remember(session: Session, state: string, attempt: { verifier: string; nonce: string }): void {
  session.pending.set(state, attempt)
  if (session.pending.size > mostPending) dropOldest(session.pending)
}

/** Forgets a session; nothing happens where there is none. */
export function endSession(id: string | undefined): void {
  if (id !== undefined) sessions.delete(id)
}

/** Forgets the sessions that belong to one of the provider's, or all of a person's where it names none. */
export function endSessionsOf({ sid, sub }: { sid?: string | undefined; sub?: string | undefined }): void {
  for (const [id, { person }] of sessions)
    if (person && (sid === undefined ? person.sub === sub : person.sid === sid)) sessions.delete(id)
}

function emptySession(): Session {
  return { pending: new Map(), person: undefined, tokens: undefined, refreshing: undefined }
}

function dropOldest(map: Map<string, unknown>): void {
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
