import { isDeepStrictEqual } from 'node:util'
import type { ClaimWish } from '../authorize/claims-request.ts'
import type { Scopes } from '../oauth/scope.ts'
import type { Json, User } from './user.ts'

/** Which standard claims a scope releases (OpenID Connect Core §5.4). */
const claimsOfScope: { readonly [scope: string]: readonly string[] } = {
  profile: [
    'name',
    'given_name',
    'family_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
  roles: ['roles'],
  groups: ['groups'],
}

/** The scopes that OpenID Connect and this provider define; every other one belongs to an API. */
export const standardScopes: readonly string[] = ['openid', 'offline_access', ...Object.keys(claimsOfScope)]

/** Every standard claim that can be released, for the metadata. */
export const standardClaims: readonly string[] = ['sub', ...Object.values(claimsOfScope).flat()]

/** The scopes whose claims an API's token may carry too: flat arrays that APIs decide by. */
export const scopesOfEveryAudience: Scopes = new Set(['roles', 'groups'])

/** Names that the protocol owns. Whatever a person's record says, such a claim is never taken from it. */
const protocolClaims: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'azp',
  'nonce',
  'auth_time',
  'acr',
  'amr',
  'at_hash',
  'c_hash',
  's_hash',
  'sid',
  'scope',
  'client_id',
  'act',
  'may_act',
  'cnf',
  'typ',
  'active',
  'token_type',
  'username',
  'events',
  'fid',
  'ver',
  'uic',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
])

/** Whether the protocol owns a claim name, so that a person's record must not use it. */
export function isProtocolClaim(name: string): boolean {
  return protocolClaims.has(name)
}

/** The scope that releases a claim; a custom claim is released by the scope of its own name. */
export function scopeOfClaim(claim: string): string {
  const found = Object.entries(claimsOfScope).find(([, claims]) => claims.includes(claim))
  return found?.[0] ?? claim
}

/**
 * The claims that scopes release about a person (why so: docs/decisions/0011). Absent, null and empty ones are left out
 * (Core §5.3.2).
 */
export function releaseClaims(user: User, scopes: Scopes): { readonly [name: string]: Json } {
  const names = [...scopes].flatMap((scope) => claimsOfScope[scope] ?? [scope])
  return pickClaims(user, names)
}

/**
 * The names of claims that are asked for and may be answered: all that are asked for with any value, and those with a
 * value that the person has (Core §5.5.1). Essential or not, what is not there is left out and is no error.
 */
export function grantableWishes(wishes: { readonly [claim: string]: ClaimWish }, user: User): readonly string[] {
  return Object.entries(wishes)
    .filter(([name, { value, values = value === undefined ? undefined : [value] }]) => {
      return values === undefined || values.some((each) => isDeepStrictEqual(each, claimOf(user, name)))
    })
    .map(([name]) => name)
}

/** The named claims, as far as the record has them and the protocol does not own them. */
export function pickClaims(user: User, names: Iterable<string>): { readonly [name: string]: Json } {
  const picked: { [name: string]: Json } = {}
  for (const name of names) {
    const value = isProtocolClaim(name) ? undefined : claimOf(user, name)
    if (value !== undefined && !isEmpty(value)) picked[name] = value
  }
  return picked
}

function isEmpty(value: Json): boolean {
  if (value === null || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function claimOf(user: User, name: string): Json | undefined {
  if (name === 'preferred_username') return user.username
  if (name === 'email') return user.email
  if (name === 'email_verified') return user.email === undefined ? undefined : user.emailVerified
  if (name === 'updated_at') return Math.floor(user.updatedAt.getTime() / 1000)
  // A flag about a number that is not there would vouch for nothing.
  if (name === 'phone_number_verified' && !user.claims.phone_number) return undefined
  return Object.hasOwn(user.claims, name) ? user.claims[name] : undefined
}
