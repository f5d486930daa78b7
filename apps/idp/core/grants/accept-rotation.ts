import type { Audit } from '../audit/audit.ts'
import type { Client } from '../clients/client.ts'
import { refuse } from '../oauth/error.ts'
import type { Origin } from '../oauth/origin.ts'
import type { AuthenticRefreshToken } from '../tokens/read-refresh-token.ts'
import type { Rotation } from '../tokens/token-family.ts'
import type { Reuses } from './end-reuse.ts'

export type Lost = Extract<Rotation, { readonly outcome: 'lost' }>

type Accepted = Extract<Rotation, { readonly generation: number }>

export type RotationContext = {
  readonly authentic: AuthenticRefreshToken
  readonly client: Client
  readonly origin: Origin
}

/** Turns the store's verdict into the protocol's words. A reuse is answered only when the end is durable. */
export async function acceptRotation(
  { reuses, audit }: { readonly reuses: Reuses; readonly audit: Audit },
  rotation: Exclude<Rotation, Lost>,
  { authentic: { familyId }, client: { id: clientId }, origin }: RotationContext,
): Promise<Accepted> {
  if (rotation.outcome === 'wider') refuse('invalid_scope', 'scope exceeds what was granted', { parameter: 'scope' })
  if (rotation.outcome === 'refused') {
    await reuses.finish({ familyId, clientId, origin })
    refuse('invalid_grant', 'refresh token is not valid any more')
  }
  const about = { userId: rotation.family.userId, clientId, familyId, origin }
  if (rotation.outcome === 'reused') {
    await reuses.end(about)
    refuse('invalid_grant', 'refresh token was used before')
  }
  if (rotation.outcome === 'repeated' && rotation.elsewhere) await audit.record('token.repeated_elsewhere', about)
  return rotation
}
