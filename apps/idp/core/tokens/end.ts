import { type Clock, later } from '../clock.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { End, FactStore } from './fact-store.ts'
import type { RevocationStore } from './revocation-store.ts'
import type { FamilyStore, RevocationReason } from './token-family.ts'

/** How long marks must be remembered, in seconds: the longest life of what they end. */
export type LongestLives = {
  readonly refreshAbsolute: number
  readonly sessionAbsolute: number
  readonly longestLifetime: number
}

export type EndingParts = {
  readonly facts: FactStore
  readonly families: FamilyStore
  readonly sessions: SessionStore
  readonly revocations: RevocationStore
  readonly clock: Clock
  readonly lives: LongestLives
}

/** Who or what has a version: a person by `sub`, a client by `id`. */
type Versioned = { readonly id: string; readonly tokenVersion: number }

/**
 * How things end. Each promise settles when the end is durable in SQL and known to the fast store; it rejects where
 * either cannot be reached, and calling again finishes what was begun (RFC 7009 §2.2.1).
 */
export interface Endings {
  /** One access token, until it would have expired. */
  token(jti: string, expiresAt: Date, reason: RevocationReason): Promise<void>
  /** A family with its access tokens, born or not. */
  family(id: string, reason: RevocationReason): Promise<void>
  /** A session with the families bound to it. */
  session(id: string, reason: RevocationReason): Promise<void>
  /** All that is older than the person's version, which the caller has bumped and stored. */
  user(user: Versioned, reason: RevocationReason): Promise<void>
  /** All that is older than the client's version, which the caller has bumped and stored. */
  client(client: Versioned, reason: RevocationReason): Promise<void>
  /** A person's families at one client. */
  familiesAt(userId: string, clientId: string, reason: RevocationReason): Promise<number>
  /** Every token and session there is. */
  everything(reason: RevocationReason): Promise<void>
}

/** Wires the endings: SQL first, then the fast store, then the note that both know. */
export function endings(parts: EndingParts): Endings {
  const { facts, families, sessions, revocations, clock, lives } = parts
  const longest = Math.max(lives.refreshAbsolute, lives.sessionAbsolute) + lives.longestLifetime

  async function end(
    what: Omit<End, 'at' | 'version'> & { version?: number },
    apply: () => Promise<void>,
  ): Promise<void> {
    const fact: End = { version: undefined, ...what, at: clock.now() }
    await facts.put(fact)
    await apply()
    await facts.claim(fact, clock.now())
  }

  /** A version's mark outlives everything that can have copied the version before it. */
  function endVersion(kind: 'user' | 'client', { id, tokenVersion: version }: Versioned, reason: RevocationReason) {
    const until = later(clock.now(), longest)
    return end({ kind, id, version, reason, until }, () => revocations.add({ kind, id, version, until }))
  }

  async function endFamily(id: string, reason: RevocationReason): Promise<void> {
    const until = later(clock.now(), longest)
    await end({ kind: 'family', id, reason, until }, () => families.revoke(id, until))
  }

  return {
    token: (jti, until, reason) =>
      end({ kind: 'token', id: jti, reason, until }, () => revocations.add({ kind: 'token', jti, until })),
    family: endFamily,
    session(id, reason) {
      const until = later(clock.now(), lives.sessionAbsolute + lives.longestLifetime)
      return end({ kind: 'session', id, reason, until }, () => sessions.end(id, until))
    },
    user: (user, reason) => endVersion('user', user, reason),
    client: (client, reason) => endVersion('client', client, reason),
    async familiesAt(userId, clientId, reason) {
      const alive = await facts.listFamilies({ userId, clientId }, clock.now())
      for (const family of alive) await endFamily(family.id, reason)
      return alive.length
    },
    async everything(reason) {
      const version = await facts.bumpEverything()
      const until = later(clock.now(), longest)
      await end({ kind: 'everything', id: '', version, reason, until }, () =>
        revocations.add({ kind: 'everything', version, until }),
      )
    },
  }
}
