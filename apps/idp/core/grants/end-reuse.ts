import type { Audit } from '../audit/audit.ts'
import type { Origin } from '../oauth/origin.ts'
import type { Endings } from '../tokens/end.ts'
import type { FactStore } from '../tokens/fact-store.ts'
import type { RevocationStore } from '../tokens/revocation-store.ts'

export type ReuseParts = {
  readonly facts: Pick<FactStore, 'findFamily'>
  readonly revocations: RevocationStore
  readonly endings: Endings
  readonly audit: Audit
}

export type ReusedFamily = {
  readonly familyId: string
  readonly userId: string
  readonly clientId: string
  readonly origin: Origin
}

/** How families end whose token came back. Each promise settles when the end is durable. */
export interface Reuses {
  /** Raises the alarm and ends the family. */
  end(family: ReusedFamily): Promise<void>
  /** Finishes what was begun where SQL could not be told of it; nothing where there is nothing to finish. */
  finish(refused: Omit<ReusedFamily, 'userId'>): Promise<void>
}

/**
 * Wires the ends by reuse. Of all who present tokens of one family at once one is at it here, and the others wait for
 * what becomes of it: the alarm is raised once, though two machines may each raise it that are at it at the same time.
 */
export function openReuses(parts: ReuseParts): Reuses {
  const underWay = new Map<string, Promise<void>>()

  function end(family: ReusedFamily): Promise<void> {
    const { familyId } = family
    const ending = underWay.get(familyId) ?? endReused(parts, family).finally(() => underWay.delete(familyId))
    underWay.set(familyId, ending)
    return ending
  }

  return {
    end,
    async finish(refused) {
      const { familyId } = refused
      if (underWay.has(familyId)) return underWay.get(familyId)
      const fact = await parts.facts.findFamily(familyId)
      if (!fact || fact.endedAt || !(await hasEnded(parts, refused))) return
      await end({ ...refused, userId: fact.userId })
    },
  }
}

/** The alarm comes first: after the end, nobody who retries would raise it again. */
async function endReused({ endings, audit }: ReuseParts, family: ReusedFamily): Promise<void> {
  await audit.record('token.reused', { ...family, outcome: 'failure' })
  await endings.family(family.familyId, 'refresh_token_reused')
}

/**
 * Whether the fast store knows an end of the family. A reuse ends it there at once, and then in SQL: no other end is
 * known there and not to SQL.
 */
function hasEnded({ revocations }: ReuseParts, { familyId, clientId }: Omit<ReusedFamily, 'userId'>): Promise<boolean> {
  const nothingElse = { jti: undefined, sessionId: undefined, userId: undefined, versions: newest }
  return revocations.has({ ...nothingElse, familyId, clientId })
}

/** Versions that no bump has passed: the question is about the family alone. */
const newest = { user: Number.MAX_SAFE_INTEGER, client: Number.MAX_SAFE_INTEGER, everything: Number.MAX_SAFE_INTEGER }
