import type { Api } from '#core/apis/api.ts'
import type { Client } from '#core/clients/client.ts'
import { normalName } from '#core/users/name.ts'
import type { User } from '#core/users/user.ts'

/**
 * Orders texts by their UTF-16 code units: the same on every machine and database, whatever its collation. Lists are
 * sorted with it after they are read.
 */
export function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

/** By username, in its normal form. */
export function byUsername(one: User, other: User): number {
  return compareTexts(normalName(one.username), normalName(other.username)) || compareTexts(one.sub, other.sub)
}

/** By name; those of one name, by id. */
export function byName(one: Client, other: Client): number {
  return compareTexts(one.name, other.name) || compareTexts(one.id, other.id)
}

/** By audience. */
export function byAudience(one: Api, other: Api): number {
  return compareTexts(one.audience, other.audience)
}

/** By the client that it is about. */
export function byClient(one: { readonly clientId: string }, other: { readonly clientId: string }): number {
  return compareTexts(one.clientId, other.clientId)
}

/** Newest first; what began in the same millisecond, by id. */
export function newestFirst(one: Begun, other: Begun): number {
  return other.createdAt.getTime() - one.createdAt.getTime() || compareTexts(one.id, other.id)
}

type Begun = { readonly id: string; readonly createdAt: Date }
