import { type Clock, later } from '../clock.ts'
import { sameDigest } from '../oauth/random.ts'
import type { FactStore } from '../tokens/fact-store.ts'
import type { SessionStore } from './session-store.ts'

export type RecoverSessionParts = {
  readonly sessions: Pick<SessionStore, 'recover'>
  readonly facts: Pick<FactStore, 'findSession'>
  readonly clock: Clock
  /** Seconds that a session may go unused. */
  readonly idle: number
}

/**
 * Puts a session back that the fast store has lost, where SQL knows it as alive under this very secret. True where asking
 * the store again makes sense. What is unknown, has ended, expired or was idle too long does not come back, nor what was
 * written by a version that did not keep enough (docs/decisions/0013). Costs one look-up by primary key.
 */
export async function recoverSession(parts: RecoverSessionParts, id: string, secretHash: string): Promise<boolean> {
  const fact = await parts.facts.findSession(id)
  const now = parts.clock.now()
  if (!fact || fact.endedAt || now >= fact.expiresAt || now >= later(fact.lastUsedAt, parts.idle)) return false
  if (fact.secretHash === '' || !sameDigest(fact.secretHash, secretHash)) return false
  const { userId, authTime, amr, createdAt, lastUsedAt, expiresAt, userVersion, everythingVersion } = fact
  const session = { id, userId, authTime, amr, createdAt, lastUsedAt, expiresAt, userVersion, everythingVersion }
  await parts.sessions.recover(session, secretHash)
  return true
}
