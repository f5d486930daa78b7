import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/**
 * Seals and opens the secrets of `client_secret_jwt` clients, and what the provider keeps for itself. A MAC needs the secret
 * itself: its digest will not do.
 */
export type SecretSeal = {
  /** The secret, sealed for this owner alone. */
  seal(owner: string, secret: string): string
  /** The secret again; undefined where it was sealed for another owner or under another `keys.secret`, or is damaged. */
  open(owner: string, sealed: string): string | undefined
}

const cipher = 'aes-256-gcm'

/**
 * AES-256-GCM under a key derived from `keys.secret` (HKDF-SHA256) that no other use of that secret shares
 * (docs/decisions/0017).
 */
export function secretSeal(
  keysSecret: string,
  what: 'client secret' | 'provider secret' = 'client secret',
): SecretSeal {
  const key = (owner: string) =>
    Buffer.from(hkdfSync('sha256', keysSecret, 'signet keys.secret', `${what} v1 ${owner}`, 32))
  return {
    seal(owner, secret) {
      const nonce = randomBytes(12)
      const sealing = createCipheriv(cipher, key(owner), nonce)
      const text = Buffer.concat([sealing.update(secret, 'utf8'), sealing.final()])
      return Buffer.concat([nonce, sealing.getAuthTag(), text]).toString('base64url')
    },
    open(owner, sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < 28) return undefined
      const opening = createDecipheriv(cipher, key(owner), bytes.subarray(0, 12), { authTagLength: 16 })
      opening.setAuthTag(bytes.subarray(12, 28))
      try {
        return Buffer.concat([opening.update(bytes.subarray(28)), opening.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
