import { createHmac } from 'node:crypto'
import type { MacKey } from '../keys/opened-ring.ts'
import { sameDigest } from '../oauth/random.ts'

/** A refresh token taken apart: `rt_<kid>.<family>.<generation>.<mac>`. Nothing in it is proved yet. */
export type RefreshTokenParts = {
  readonly kid: string
  readonly familyId: string
  readonly generation: number
  readonly mac: string
}

const form = /^rt_([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})\.([1-9]\d{0,9})\.([A-Za-z0-9_-]{43})$/

/** Takes a refresh token apart; undefined where it is not of that form. */
export function splitRefreshToken(token: string): RefreshTokenParts | undefined {
  const [, kid, familyId, generation, mac] = form.exec(token) ?? []
  if (!kid || !familyId || !generation || !mac) return undefined
  return { kid, familyId, generation: Number(generation), mac }
}

/** Whether text looks like a refresh token of ours, whoever it belongs to. */
export function isRefreshToken(token: string): boolean {
  return token.startsWith('rt_')
}

export type RefreshTokenFacts = {
  readonly issuer: string
  readonly familyId: string
  readonly generation: number
  readonly clientId: string
}

/**
 * The refresh token of one generation. It is computed, never stored: a retry is answered with the very same successor,
 * and a copy of the store holds nothing that could be presented.
 */
export function writeRefreshToken(key: MacKey, facts: RefreshTokenFacts): string {
  return `rt_${key.kid}.${facts.familyId}.${facts.generation}.${macOf(key, facts)}`
}

/**
 * Whether the MAC was made by this key for these facts. Constant time; as text, because base64url can spell the same
 * bytes in several ways, and a token has one spelling.
 */
export function isAuthentic(key: MacKey, facts: RefreshTokenFacts, mac: string): boolean {
  return sameDigest(mac, macOf(key, facts))
}

/** The version tag keeps this MAC apart from any other use of the key; the client binds the token to it (RFC 6749 §6). */
function macOf(key: MacKey, { issuer, familyId, generation, clientId }: RefreshTokenFacts): string {
  const text = ['signet refresh token 1', issuer, familyId, generation, clientId].join('\n')
  return createHmac('sha256', key.secret).update(text).digest('base64url')
}
