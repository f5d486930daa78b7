import type { Client } from '../clients/client.ts'
import { covers, intersection, type Scopes } from '../oauth/scope.ts'
import type { ConsentStore } from './consent.ts'

/**
 * Whether a person still allows a client what it is about to be handed. The operator's own app needs their word for
 * `offline_access` alone.
 */
export async function isStillAllowed(
  consents: Pick<ConsentStore, 'find'>,
  { userId, scopes }: { readonly userId: string; readonly scopes: Scopes },
  client: Client,
): Promise<boolean> {
  const asked = client.firstParty ? intersection(scopes, new Set(['offline_access'])) : scopes
  if (asked.size === 0) return true
  const consent = await consents.find(userId, client.id)
  return consent !== undefined && covers(consent.scopes, asked)
}
