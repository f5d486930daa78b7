import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Origin } from '../oauth/origin.ts'
import type { FactStore } from './fact-store.ts'
import type { AuthenticRefreshToken } from './read-refresh-token.ts'
import type { FamilyStore, FoundFamily } from './token-family.ts'
import type { Uses } from './uses.ts'

export type RecoverParts = {
  readonly families: Pick<FamilyStore, 'recover'>
  readonly facts: Pick<FactStore, 'findFamily'>
  readonly uses: Pick<Uses, 'noteFamily'>
  readonly audit: Audit
  readonly clock: Clock
}

/**
 * Puts a family back that the fast store has lost, where SQL knows it as alive. True where asking the store again makes
 * sense: then the ordinary rules decide about the token. What is unknown, has ended or expired, or was written by a
 * version that did not keep enough, does not come back (docs/decisions/0013).
 */
export async function recoverFamily(
  parts: RecoverParts,
  authentic: AuthenticRefreshToken,
  origin: Origin,
): Promise<boolean> {
  const found = await findRecoverable(parts.facts, authentic, parts.clock.now())
  if (!found) return false
  const { family, generation, rotatedAt } = found
  if ((await parts.families.recover(found)) === 'recovered') {
    parts.uses.noteFamily({ id: family.id, generation, rotatedAt })
    const { id: familyId, userId, clientId } = family
    await parts.audit.record('token.family_recovered', { userId, clientId, familyId, origin, details: { generation } })
  }
  return true
}

/**
 * A lost family as the token that is shown lets it come back: at the token's generation, or at the floor where that is
 * greater. A token under another MAC key than the family's brings nothing back: an old key may have leaked, and whoever
 * has it could name any generation.
 */
export async function findRecoverable(
  facts: Pick<FactStore, 'findFamily'>,
  { familyId, generation: shown, macKid }: AuthenticRefreshToken,
  now: Date,
): Promise<FoundFamily | undefined> {
  const fact = await facts.findFamily(familyId)
  if (!fact || fact.endedAt || now >= fact.expiresAt || fact.macKid !== macKid) return undefined
  const { generation: floor, rotatedAt, endedAt: _endedAt, endReason: _endReason, ...family } = fact
  return { family, generation: Math.max(shown, floor), rotatedAt }
}
