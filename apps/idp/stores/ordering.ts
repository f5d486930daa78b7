import type { Api } from '#core/apis/api.ts'

/**
 * Orders texts by their UTF-16 code units: the same on every machine and database, whatever its collation. Lists are
 * sorted with it after they are read.
 */
export function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
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
