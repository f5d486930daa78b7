import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A fresh secret or id: `bytes` random bytes (32 unless told) as base64url, after a prefix that says what it is. */
export function random(prefix = '', bytes = 32): string {
  return prefix + randomBytes(bytes).toString('base64url')
}

/** How a full-entropy secret is kept: SHA-256, base64url. What is stored cannot be presented. */
export function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** Compares two digests in constant time. */
export function sameDigest(one: string, other: string): boolean {
  const a = Buffer.from(one)
  const b = Buffer.from(other)
  return a.length === b.length && timingSafeEqual(a, b)
}
