import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import type { KeyRing } from '../keys/key-ring.ts'
import type { MacKey } from '../keys/opened-ring.ts'
import type { AccessToken } from './access-token.ts'
import { accessClaims, decodeAccessToken } from './encode-access-token.ts'
import { findMacKey } from './mac-key.ts'

/** Keeps this use of a MAC key, and this form of token, apart from every other. */
const versionTag = 'signet opaque token 1'

const nonceLength = 12
const tagLength = 16

/** Far more than the claims of a person can fill, and little enough to be decoded at once. */
const longestBody = 131_072
const form = /^at_([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]+)$/

/** Whether text looks like an opaque access token of ours, whoever it belongs to. */
export function isOpaqueToken(token: string): boolean {
  return token.startsWith('at_')
}

/**
 * Writes an access token that only we can read: `at_<kid>.<base64url>`, its claims sealed by AES-256-GCM. Nothing about
 * it is stored (docs/decisions/0014).
 */
export function sealAccessToken(key: MacKey, issuer: string, token: AccessToken): string {
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', sealingKey(key), nonce)
  cipher.setAAD(boundTo(issuer, key.kid))
  const sealed = [cipher.update(JSON.stringify(accessClaims(issuer, token)), 'utf8'), cipher.final()]
  return `at_${key.kid}.${Buffer.concat([nonce, ...sealed, cipher.getAuthTag()]).toString('base64url')}`
}

export type ReadOpaqueToken = (presented: string) => Promise<AccessToken | undefined>

/**
 * Makes the reader of opaque access tokens. Undefined for what we did not seal, for this issuer, to the last bit; it may
 * have expired. As for refresh tokens, an unknown key is looked for once, and a ring that cannot be read is a 503.
 */
export function opaqueTokenReader(ring: Pick<KeyRing, 'findMacKey'>, issuer: string): ReadOpaqueToken {
  return async (presented) => {
    const [, kid, body] = (presented.length <= longestBody && form.exec(presented)) || []
    const sealed = body === undefined ? undefined : decode(body)
    if (kid === undefined || !sealed) return undefined
    const key = await findMacKey(ring, kid)
    const claims = key && unseal(key, issuer, sealed)
    return claims && decodeAccessToken(claims)
  }
}

/** Bytes in their one spelling; undefined for any other (base64url can spell the last bits in several ways). */
function decode(body: string): Buffer | undefined {
  const bytes = Buffer.from(body, 'base64url')
  return bytes.length > nonceLength + tagLength && bytes.toString('base64url') === body ? bytes : undefined
}

function unseal(key: MacKey, issuer: string, sealed: Buffer): { readonly [name: string]: unknown } | undefined {
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(key), sealed.subarray(0, nonceLength), {
    authTagLength: tagLength,
  })
  decipher.setAAD(boundTo(issuer, key.kid))
  decipher.setAuthTag(sealed.subarray(-tagLength))
  try {
    const text = Buffer.concat([decipher.update(sealed.subarray(nonceLength, -tagLength)), decipher.final()])
    return JSON.parse(text.toString())
  } catch {
    return undefined
  }
}

function boundTo(issuer: string, kid: string): Buffer {
  return Buffer.from([versionTag, issuer, kid].join('\n'))
}

const derived = new WeakMap<KeyObject, Uint8Array>()

/** The key that seals under a MAC key: derived, so that neither use says anything of the other (RFC 5869). */
function sealingKey({ secret }: MacKey): Uint8Array {
  const known = derived.get(secret)
  if (known) return known
  const key = new Uint8Array(hkdfSync('sha256', secret, '', versionTag, 32))
  derived.set(secret, key)
  return key
}
