import type { Freshness } from '../clients/client-store.ts'
import { refuse } from '../oauth/error.ts'
import type { Scopes } from '../oauth/scope.ts'
import { scopesOfEveryAudience, standardScopes } from '../users/claims.ts'
import type { Api, ApiStore } from './api.ts'

/** What one token is for: an API, or the issuer's own endpoints (UserInfo); and which scopes mean something there. */
export type Audience = { readonly audience: string; readonly api: Api | undefined; readonly scopes: Scopes }

export type AudienceQuestion = {
  /** What the client named, if anything (RFC 8707 §2). */
  readonly resource: string | undefined
  readonly scopes: Scopes
  readonly issuer: string
  /** Of the APIs; `recent` unless told. */
  readonly freshness?: Freshness
}

/**
 * Chooses the one audience of a token: the `resource`, else the one API that the scopes name, else the issuer. Scopes of
 * several APIs without a `resource` are refused `invalid_target`, as is an unknown one (RFC 8707 §2), or one that none of
 * the scopes is for. Why one: docs/decisions/0003.
 */
export async function chooseAudience(
  apis: ApiStore,
  { resource, scopes, issuer, freshness }: AudienceQuestion,
): Promise<Audience> {
  if (resource === issuer) return forIssuer(issuer, scopes)
  if (resource !== undefined) return forApi((await apis.find(resource, freshness)) ?? unknownTarget(), scopes)
  if (onlyStandard(scopes)) return forIssuer(issuer, scopes)
  const named = (await apis.list(freshness)).filter((api) => [...scopes].some((scope) => api.scopes.has(scope)))
  const [only, another] = named
  if (another)
    refuse('invalid_target', 'the scopes are of several APIs; name one as resource', { parameter: 'resource' })
  return only ? forApi(only, scopes) : forIssuer(issuer, scopes)
}

function unknownTarget(): never {
  return refuse('invalid_target', 'no such API here', { parameter: 'resource' })
}

/** A token without a single scope of its API would still pass an API that looks at the audience alone: there is none. */
function forApi(api: Api, scopes: Scopes): Audience {
  if (![...scopes].some((scope) => api.scopes.has(scope))) {
    refuse('invalid_target', 'none of the scopes belongs to that API', { parameter: 'resource' })
  }
  const meant = [...scopes].filter((scope) => api.scopes.has(scope) || scopesOfEveryAudience.has(scope))
  return { audience: api.audience, api, scopes: new Set(meant) }
}

function forIssuer(issuer: string, scopes: Scopes): Audience {
  return {
    audience: issuer,
    api: undefined,
    scopes: new Set([...scopes].filter((scope) => standardScopes.includes(scope))),
  }
}

function onlyStandard(scopes: Scopes): boolean {
  return [...scopes].every((scope) => standardScopes.includes(scope))
}
