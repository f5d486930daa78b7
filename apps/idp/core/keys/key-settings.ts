import type { DecryptionAlg, SigningAlg, StoredKey } from './stored-ring.ts'

/** What the ring is told by the configuration. Durations are seconds. */
export type KeySettings = {
  /** `keys.secret`: private parts are sealed under it. */
  readonly secret: string
  /** What tokens are signed with where nobody asks for another algorithm: a server sees to it that each has a key. */
  readonly algs: readonly SigningAlg[]
  /** What others may encrypt to us with: each has a key, too. */
  readonly decryptionAlgs: readonly DecryptionAlg[]
  readonly rotateEvery: number
  /** How long a verifier may keep the JWKS (`Cache-Control: max-age`). */
  readonly jwksMaxAge: number
  /** How often a running server looks whether the ring changed. */
  readonly pollEvery: number
  /** How far clocks of machines may be apart. */
  readonly skew: number
  /** No access or ID token lives longer. */
  readonly longestLifetime: number
  /** No refresh token family lives longer. */
  readonly refreshAbsolute: number
  /** No session lives longer. */
  readonly sessionAbsolute: number
}

/** MAC keys are seen by nobody outside and needed for months: they are replaced more seldom than signing keys. */
const macRotateEvery = 90 * 24 * 60 * 60

/**
 * Seconds from a key's publication to its first signature: every server has picked it up, and every JWKS fetched from
 * one that had not has expired. A verifier then never meets a `kid` that its copy lacks.
 */
export function noticeOf(settings: KeySettings): number {
  return settings.jwksMaxAge + settings.pollEvery + settings.skew
}

/** Seconds that a key of this use has its turn before its successor takes over. */
export function termOf(use: StoredKey['use'], settings: KeySettings): number {
  return use === 'mac' ? Math.max(settings.rotateEvery, macRotateEvery) : settings.rotateEvery
}

/** Seconds that what a new key of this use signs may live; of what is encrypted to it, with a JWKS that is out of date. */
export function lifeOf(use: StoredKey['use'], settings: KeySettings): number {
  const { longestLifetime, refreshAbsolute, jwksMaxAge } = settings
  return { sig: longestLifetime, mac: refreshAbsolute, enc: longestLifetime + jwksMaxAge }[use]
}
