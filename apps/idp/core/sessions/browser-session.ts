import type { Audit } from '../audit/audit.ts'
import { type Clock, later } from '../clock.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { Unavailable } from '../oauth/error.ts'
import type { Origin } from '../oauth/origin.ts'
import { digest } from '../oauth/random.ts'
import type { Endings } from '../tokens/end.ts'
import type { FactStore } from '../tokens/fact-store.ts'
import type { RevocationStore } from '../tokens/revocation-store.ts'
import type { User } from '../users/user.ts'
import type { UserStore } from '../users/user-store.ts'
import { recoverSession } from './recover-session.ts'
import type { Session } from './session.ts'
import {
  foreseenSessionCookie,
  randomSessionCookie,
  readSessionCookie,
  type SessionCookie,
  writeSessionCookie,
} from './session-cookie.ts'
import type { SessionStore } from './session-store.ts'

/** The session of a browser and the person it belongs to, who may sign in. */
export type LiveSession = { readonly session: Session; readonly user: User }

/** What a sign-in gives to the browser: the session, and the cookie that proves it. */
export type BegunSession = { readonly session: Session; readonly cookie: string }

export type SignInFacts = {
  readonly user: User
  readonly amr: readonly string[]
  readonly origin: Origin
  /** What tells the form that was posted from every other one, at this browser and at others. */
  readonly form: string
}

/** Sessions as a browser has them: by cookie. */
export interface BrowserSessions {
  /** The live session of a cookie; undefined for a forged, dead or outdated one, or where the person may not sign in. */
  find(cookie: string | undefined): Promise<LiveSession | undefined>
  /**
   * Signs a person in. The cookie's secret is new every time. The same person keeps their session's id; another person's
   * session at this browser ends first. The same form posted twice at once makes one session: both get the same cookie.
   */
  begin(previousCookie: string | undefined, facts: SignInFacts): Promise<BegunSession>
}

export type BrowserSessionParts = {
  readonly sessions: SessionStore
  readonly facts: FactStore
  readonly users: UserStore
  readonly revocations: RevocationStore
  readonly endings: Endings
  /** Where last uses are written behind. */
  readonly uses: { noteSession(use: Pick<Session, 'id' | 'lastUsedAt'>): void }
  readonly audit: Audit
  readonly ring: Pick<KeyRing, 'macKey'>
  readonly clock: Clock
  /** Seconds that a session may live, and those that it may go unused. */
  readonly absolute: number
  readonly idle: number
}

/** Opens the sessions of browsers over their stores. */
export function openBrowserSessions(parts: BrowserSessionParts): BrowserSessions {
  const find = (cookie: string | undefined) => findLive(parts, readSessionCookie(cookie))
  return {
    find,
    async begin(previousCookie, facts) {
      const previous = await find(previousCookie)
      const userId = facts.user.sub
      const foreseen = foreseenSessionCookie(parts.ring.macKey(parts.clock.now()), { ...facts, previousCookie, userId })
      const old = readSessionCookie(previousCookie)
      const renewed = old && { id: old.id, secret: foreseen.secret }
      if (previous?.user.sub === userId && old && renewed) {
        const begun = await renew(parts, { previous, old, renewed }, facts)
        if (begun) return begun
      }
      const begun = (await findRenewed(parts, renewed, facts)) ?? (await findRepeated(parts, foreseen, userId))
      if (begun) return begun
      if (previous && previous.user.sub !== userId) await endForAnother(parts, previous, facts.origin)
      return beginNew(parts, foreseen, facts)
    },
  }
}

/** Seconds in which the same form counts as posted twice; who posts it later signs in anew. */
const repeatWithin = 30

/** The session that the same posting has just made, or has just renewed. */
async function findRepeated(
  parts: BrowserSessionParts,
  cookie: SessionCookie | undefined,
  userId: string,
): Promise<BegunSession | undefined> {
  const live = cookie && (await findLive(parts, cookie))
  if (!live || live.user.sub !== userId || later(live.session.authTime, repeatWithin) < parts.clock.now())
    return undefined
  return { session: live.session, cookie: writeSessionCookie(cookie) }
}

/** The session that the same posting has renewed. If its answer was a failure, SQL was told that the old secret stays. */
async function findRenewed(
  parts: BrowserSessionParts,
  renewed: SessionCookie | undefined,
  { user, amr }: SignInFacts,
): Promise<BegunSession | undefined> {
  const found = await findRepeated(parts, renewed, user.sub)
  if (!found || !renewed) return undefined
  const signIn = { authTime: parts.clock.now(), amr, secretHash: digest(renewed.secret) }
  await parts.facts.rotateSession(renewed.id, signIn)
  return found
}

async function endForAnother(
  { endings, audit }: BrowserSessionParts,
  { session: { id: sessionId }, user }: LiveSession,
  origin: Origin,
): Promise<void> {
  const reason = 'signed_in_as_another'
  await endings.session(sessionId, reason)
  await audit.record('session.ended', { userId: user.sub, sessionId, origin, details: { reason } })
}

async function findLive(
  parts: BrowserSessionParts,
  cookie: SessionCookie | undefined,
): Promise<LiveSession | undefined> {
  const { users, revocations, uses } = parts
  const session = cookie && (await findSession(parts, cookie.id, digest(cookie.secret)))
  if (!session) return undefined
  uses.noteSession({ id: session.id, lastUsedAt: session.lastUsedAt })
  const versions = { user: session.userVersion, client: 0, everything: session.everythingVersion }
  const { userId } = session
  const [hasEnded, user] = await Promise.all([
    revocations.has({ jti: undefined, familyId: undefined, sessionId: session.id, userId, clientId: '', versions }),
    users.find(userId),
  ])
  if (hasEnded || !user?.enabled || user.tokenVersion > session.userVersion) return undefined
  return { session, user }
}

/** The session whose secret this is. One that the store has lost is put back from SQL, and then the store decides. */
async function findSession(parts: BrowserSessionParts, id: string, secretHash: string): Promise<Session | undefined> {
  const { sessions } = parts
  const found = await sessions.find(id, secretHash)
  if (found !== 'lost') return found
  if (!(await recoverSession(parts, id, secretHash))) return undefined
  const again = await sessions.find(id, secretHash)
  if (again === 'lost') throw new Unavailable('the session was lost again as soon as it was put back')
  return again
}

type Renewing = { readonly previous: LiveSession; readonly old: SessionCookie; readonly renewed: SessionCookie }

/**
 * The same person again: the id stays, the secret and the date of the sign-in are new. SQL is told first: where it cannot
 * be, the browser's cookie still is the good one. The other order would kill the cookie before it is known that there
 * will be another. Where the fast store then fails, the browser keeps the old cookie, and SQL is told so again, or the
 * session would not come back to it after a loss.
 */
async function renew(
  { sessions, facts, clock }: BrowserSessionParts,
  { previous, old, renewed }: Renewing,
  { amr }: SignInFacts,
): Promise<BegunSession | undefined> {
  const authTime = clock.now()
  const renewal = { secretHash: digest(old.secret), nextSecretHash: digest(renewed.secret), authTime, amr }
  await facts.rotateSession(old.id, { authTime, amr, secretHash: renewal.nextSecretHash })
  try {
    if ((await sessions.rotate(old.id, renewal)) === 'refused') return undefined
  } catch (error) {
    // A millisecond later, since SQL takes no sign-in that is not newer. Whether it can be told changes no answer.
    const kept = { authTime: later(authTime, 0.001), amr, secretHash: renewal.secretHash }
    await facts.rotateSession(old.id, kept).catch(() => {})
    throw error
  }
  return {
    session: { ...previous.session, authTime, amr, lastUsedAt: authTime },
    cookie: writeSessionCookie(renewed),
  }
}

/** Born in SQL first, so that the session can always be listed and ended. */
async function beginNew(
  { sessions, facts, revocations, clock, absolute }: BrowserSessionParts,
  foreseen: SessionCookie,
  { user, amr, origin }: SignInFacts,
): Promise<BegunSession> {
  const now = clock.now()
  const known = await facts.findSession(foreseen.id)
  const isSpent = known && (known.endedAt !== undefined || later(known.createdAt, repeatWithin) < now)
  const { id, secret } = isSpent ? randomSessionCookie() : foreseen
  const session: Session = {
    id,
    userId: user.sub,
    authTime: now,
    amr,
    createdAt: now,
    lastUsedAt: now,
    expiresAt: later(now, absolute),
    userVersion: user.tokenVersion,
    everythingVersion: await revocations.everything(),
  }
  const { address, agent } = origin
  const secretHash = digest(secret)
  await facts.beginSession({ ...session, secretHash, address, agent, endedAt: undefined, endReason: undefined })
  await sessions.begin(session, secretHash)
  return { session, cookie: writeSessionCookie({ id, secret }) }
}
