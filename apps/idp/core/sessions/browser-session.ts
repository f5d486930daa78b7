import type { Audit } from '../audit/audit.ts'
import { type Clock, later } from '../clock.ts'
import type { Origin } from '../oauth/origin.ts'
import { digest, random } from '../oauth/random.ts'
import type { Endings } from '../tokens/end.ts'
import type { FactStore } from '../tokens/fact-store.ts'
import type { RevocationStore } from '../tokens/revocation-store.ts'
import type { User } from '../users/user.ts'
import type { UserStore } from '../users/user-store.ts'
import type { Session } from './session.ts'
import type { SessionStore } from './session-store.ts'

/** The session of a browser and the person it belongs to, who may sign in. */
export type LiveSession = { readonly session: Session; readonly user: User }

/** What a sign-in gives to the browser: the session, and the cookie that proves it. */
export type BegunSession = { readonly session: Session; readonly cookie: string }

export type SignInFacts = { readonly user: User; readonly amr: readonly string[]; readonly origin: Origin }

/** Sessions as a browser has them: by cookie. */
export interface BrowserSessions {
  /** The live session of a cookie; undefined for a forged, dead or outdated one, or where the person may not sign in. */
  find(cookie: string | undefined): Promise<LiveSession | undefined>
  /**
   * Signs a person in. The cookie's secret is new every time. The same person keeps their session's id; another person's
   * session at this browser ends first.
   */
  begin(previousCookie: string | undefined, facts: SignInFacts): Promise<BegunSession>
}

export type BrowserSessionParts = {
  readonly sessions: SessionStore
  readonly facts: FactStore
  readonly users: UserStore
  readonly revocations: RevocationStore
  readonly endings: Endings
  readonly audit: Audit
  readonly clock: Clock
  /** Seconds. */
  readonly absolute: number
}

/** Opens the sessions of browsers over their stores. */
export function openBrowserSessions(parts: BrowserSessionParts): BrowserSessions {
  const find = (cookie: string | undefined) => findLive(parts, cookie)
  return {
    find,
    async begin(previousCookie, facts) {
      const previous = await find(previousCookie)
      const renewed = previous && previousCookie && (await renew(parts, previous, previousCookie, facts))
      if (renewed) return renewed
      if (previous) {
        const { id: sessionId } = previous.session
        await parts.endings.session(sessionId, 'signed_in_as_another')
        await parts.audit.record('session.ended', {
          userId: previous.user.sub,
          sessionId,
          origin: facts.origin,
          details: { reason: 'signed_in_as_another' },
        })
      }
      return beginNew(parts, facts)
    },
  }
}

const cookieForm = /^(ses_[A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

function split(cookie: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = cookieForm.exec(cookie) ?? []
  return id && secret ? { id, secret } : undefined
}

async function findLive(
  { sessions, users, revocations }: BrowserSessionParts,
  cookie: string | undefined,
): Promise<LiveSession | undefined> {
  const parts = cookie === undefined ? undefined : split(cookie)
  const session = parts && (await sessions.find(parts.id, digest(parts.secret)))
  if (!session) return undefined
  const versions = { user: session.userVersion, client: 0, everything: session.everythingVersion }
  const { userId } = session
  const [hasEnded, user] = await Promise.all([
    revocations.has({ jti: undefined, familyId: undefined, sessionId: session.id, userId, clientId: '', versions }),
    users.find(userId),
  ])
  if (hasEnded || !user?.enabled || user.tokenVersion > session.userVersion) return undefined
  return { session, user }
}

/** The same person again: the id stays, the secret and the date of the sign-in are new. */
async function renew(
  { sessions, clock }: BrowserSessionParts,
  previous: LiveSession,
  cookie: string,
  { user, amr }: SignInFacts,
): Promise<BegunSession | undefined> {
  const old = split(cookie)
  if (!old || previous.user.sub !== user.sub) return undefined
  const secret = random()
  const authTime = clock.now()
  const renewal = { secretHash: digest(old.secret), nextSecretHash: digest(secret), authTime, amr }
  if ((await sessions.rotate(old.id, renewal)) === 'refused') return undefined
  return { session: { ...previous.session, authTime, amr, lastUsedAt: authTime }, cookie: `${old.id}.${secret}` }
}

/** Born in SQL first, so that the session can always be listed and ended. */
async function beginNew(
  { sessions, facts, revocations, clock, absolute }: BrowserSessionParts,
  { user, amr, origin }: SignInFacts,
): Promise<BegunSession> {
  const now = clock.now()
  const secret = random()
  const session: Session = {
    id: random('ses_', 16),
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
  await facts.beginSession({ ...session, address, agent, endedAt: undefined, endReason: undefined })
  await sessions.begin(session, digest(secret))
  return { session, cookie: `${session.id}.${secret}` }
}
