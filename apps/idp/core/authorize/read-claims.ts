import { refuse } from '../oauth/error.ts'
import type { Scopes } from '../oauth/scope.ts'
import { isProtocolClaim, scopeOfClaim } from '../users/claims.ts'
import type { Json } from '../users/user.ts'
import type { ClaimsRequest, ClaimWish } from './claims-request.ts'

const longest = 4096

/** Nothing asked for by name. */
export const noClaims: ClaimsRequest = { userinfo: {}, idToken: {} }

/**
 * Reads the `claims` parameter; refuses `invalid_request` where it is malformed (OpenID Connect Core §5.5). Claims whose
 * scope the client may not ask for are dropped, so that the parameter is no way around its registration.
 */
export function readClaims(text: string | undefined, allowed: Scopes): ClaimsRequest {
  if (text === undefined) return noClaims
  if (text.length > longest) refuse('invalid_request', 'claims is too long', { parameter: 'claims' })
  const parsed = parse(text)
  if (!isObject(parsed)) refuse('invalid_request', 'claims is not a JSON object', { parameter: 'claims' })
  return { userinfo: readWishes(parsed.userinfo, allowed), idToken: readWishes(parsed.id_token, allowed) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readWishes(value: unknown, allowed: Scopes): { readonly [claim: string]: ClaimWish } {
  if (value === undefined || value === null) return {}
  if (!isObject(value)) refuse('invalid_request', 'a member of claims is not an object', { parameter: 'claims' })
  const wishes = Object.entries(value).map(([claim, wish]): [string, ClaimWish] => [claim, readWish(wish)])
  return Object.fromEntries(wishes.filter(([claim]) => isProtocolClaim(claim) || allowed.has(scopeOfClaim(claim))))
}

function readWish(wish: unknown): ClaimWish {
  if (wish === null) return {}
  if (!isObject(wish))
    refuse('invalid_request', 'a claim is asked for with something else than an object', { parameter: 'claims' })
  const { essential, value, values } = wish
  return {
    ...(typeof essential === 'boolean' ? { essential } : {}),
    ...(value === undefined ? {} : { value: value as Json }),
    ...(Array.isArray(values) ? { values: values as Json[] } : {}),
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The scopes that a person has to allow: those asked for, and those whose claims are asked for by name. */
export function scopesToAllow(request: { readonly scopes: Scopes; readonly claims: ClaimsRequest }): Scopes {
  const named = [...Object.keys(request.claims.userinfo), ...Object.keys(request.claims.idToken)]
  return new Set([...request.scopes, ...named.filter((claim) => !isProtocolClaim(claim)).map(scopeOfClaim)])
}
