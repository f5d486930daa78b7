import type { Audit } from '../audit/audit.ts'
import type { Client } from '../clients/client.ts'
import { refuse } from '../oauth/error.ts'
import type { Origin } from '../oauth/origin.ts'
import type { Endings } from '../tokens/end.ts'
import type { FactStore } from '../tokens/fact-store.ts'
import type { AuthenticRefreshToken } from '../tokens/read-refresh-token.ts'
import type { RevocationStore } from '../tokens/revocation-store.ts'
import type { Rotation } from '../tokens/token-family.ts'

export type ReuseParts = {
  readonly facts: Pick<FactStore, 'findFamily'>
  readonly revocations: RevocationStore
  readonly endings: Endings
  readonly audit: Audit
}

type Accepted = Extract<Rotation, { readonly generation: number }>

export type RotationContext = {
  readonly authentic: AuthenticRefreshToken
  readonly client: Client
  readonly origin: Origin
}

/** Turns the store's verdict into the protocol's words. A reuse is answered only when the end is durable. */
export async function acceptRotation(
  parts: ReuseParts,
  rotation: Rotation,
  { authentic, client, origin }: RotationContext,
): Promise<Accepted> {
  if (rotation.outcome === 'wider') refuse('invalid_scope', 'scope exceeds what was granted', { parameter: 'scope' })
  if (rotation.outcome === 'refused') {
    await finishReuse(parts, authentic.familyId, client, origin)
    refuse('invalid_grant', 'refresh token is not valid any more')
  }
  const { id: familyId, userId } = rotation.family
  const about = { userId, clientId: client.id, familyId, origin }
  if (rotation.outcome === 'reused') {
    await endReused(parts, about)
    refuse('invalid_grant', 'refresh token was used before')
  }
  if (rotation.outcome === 'repeated' && rotation.elsewhere) await parts.audit.record('token.repeated_elsewhere', about)
  return rotation
}

type ReusedFamily = {
  readonly familyId: string
  readonly userId: string
  readonly clientId: string
  readonly origin: Origin
}

/** The alarm comes first: after the end, nobody who retries would raise it again. */
async function endReused({ endings, audit }: ReuseParts, about: ReusedFamily): Promise<void> {
  await audit.record('token.reused', { ...about, outcome: 'failure' })
  await endings.family(about.familyId, 'refresh_token_reused')
}

/**
 * A reuse ends the family where it lives at once, and then in SQL. Where SQL could not be told, the answer was 503, and
 * whoever comes next finishes it: no other end is known to the fast store and not to SQL.
 */
async function finishReuse(
  parts: ReuseParts,
  familyId: string,
  { id: clientId }: Client,
  origin: Origin,
): Promise<void> {
  const fact = await parts.facts.findFamily(familyId)
  if (!fact || fact.endedAt) return
  const hasEnded = await parts.revocations.has({
    jti: undefined,
    familyId,
    sessionId: undefined,
    userId: undefined,
    clientId,
    versions: newest,
  })
  if (hasEnded) await endReused(parts, { familyId, userId: fact.userId, clientId, origin })
}

/** Versions that no bump has passed: the question is about the family alone. */
const newest = { user: Number.MAX_SAFE_INTEGER, client: Number.MAX_SAFE_INTEGER, everything: Number.MAX_SAFE_INTEGER }
