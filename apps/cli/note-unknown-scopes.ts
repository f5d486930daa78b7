import type { Scopes } from '#core/oauth/scope.ts'
import type { Work } from './at-work.ts'

/** Says which scopes belong to no API yet: most often a slip of the pen, sometimes an API that comes later. */
export async function noteUnknownScopes({ stores, output }: Work, scopes: Scopes): Promise<void> {
  const { standardScopes } = await import('#core/users/claims.ts')
  const known = new Set([...standardScopes, ...(await stores.apis.list()).flatMap((api) => [...api.scopes.keys()])])
  const unknown = [...scopes].filter((scope) => !known.has(scope))
  if (unknown.length > 0) output.warn(`No API has the scope ${unknown.join(', ')} yet (signet apis create).`)
}
