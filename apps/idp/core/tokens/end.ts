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

/** Where an end has to be known, so that what it ends is dead at once. */
export type EndedStores = {
  readonly families: Pick<FamilyStore, 'revoke'>
  readonly sessions: Pick<SessionStore, 'end'>
  readonly revocations: Pick<RevocationStore, 'add'>
}

/**
 * Sees to it that the apps that a session reached are told of its end, whenever that is (see `core/logout`). Settles when
 * that is durable; what was seen to before stays as it is.
 */
export type Announce = (end: End) => Promise<void>

export type EndingParts = EndedStores & {
  readonly facts: FactStore
  readonly announce: Announce
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

/** Makes an end known to the fast store, until its `until`. Idempotent, and the order of ends does not matter. */
export function applyEnd(end: End, { families, sessions, revocations }: EndedStores): Promise<void> {
  const { kind, id, until, version = 0 } = end
  if (kind === 'family') return families.revoke(id, until)
  if (kind === 'session') return sessions.end(id, until)
  if (kind === 'token') return revocations.add({ kind, jti: id, until })
  if (kind === 'everything') return revocations.add({ kind, version, until })
  return revocations.add({ kind, id, version, until })
}

/**
 * Wires the endings: SQL first, then the fast store, then the outbox, then the note that it is done. The outbox comes
 * after the fast store: from then on the session reaches no further client. Who dies on the way leaves an end that is
 * not noted as applied, and {@link reconcile} goes on with it (docs/decisions/0024).
 */
export function endings(parts: EndingParts): Endings {
  const { facts, clock, lives } = parts
  const longest = Math.max(lives.refreshAbsolute, lives.sessionAbsolute) + lives.longestLifetime

  async function end(what: Omit<End, 'at' | 'version'> & { version?: number }): Promise<void> {
    const fact: End = { version: undefined, ...what, at: clock.now() }
    await facts.put(fact)
    await applyEnd(fact, parts)
    await parts.announce(fact)
    await facts.claim(fact, clock.now())
  }

  /** A version's mark outlives everything that can have copied the version before it. */
  function endVersion(kind: 'user' | 'client', { id, tokenVersion: version }: Versioned, reason: RevocationReason) {
    return end({ kind, id, version, reason, until: later(clock.now(), longest) })
  }

  function endFamily(id: string, reason: RevocationReason): Promise<void> {
    return end({ kind: 'family', id, reason, until: later(clock.now(), longest) })
  }

  return {
    token: (id, until, reason) => end({ kind: 'token', id, reason, until }),
    family: endFamily,
    session: (id, reason) =>
      end({ kind: 'session', id, reason, until: later(clock.now(), lives.sessionAbsolute + lives.longestLifetime) }),
    user: (user, reason) => endVersion('user', user, reason),
    client: (client, reason) => endVersion('client', client, reason),
    async familiesAt(userId, clientId, reason) {
      const alive = await facts.listFamilies({ userId, clientId }, clock.now())
      for (const family of alive) await endFamily(family.id, reason)
      return alive.length
    },
    async everything(reason) {
      const version = await facts.bumpEverything()
      await end({ kind: 'everything', id: '', version, reason, until: later(clock.now(), longest) })
    },
  }
}
