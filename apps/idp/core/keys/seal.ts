import { hkdfSync } from 'node:crypto'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { KeyFault } from './key-fault.ts'
import type { StoredKey } from './stored-ring.ts'

/** Which key a sealed part belongs to. */
export type SealedFor = Pick<StoredKey, 'kid' | 'use' | 'alg'>

/**
 * Seals a private part as a compact JWE (`dir`, A256GCM). Each has an encryption key of its own, derived from the
 * secret and from what it belongs to: a sealed part that is moved to another kid, use or algorithm does not open.
 */
export async function seal(privatePart: Uint8Array, owner: SealedFor, secret: string): Promise<string> {
  return new CompactEncrypt(privatePart)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: owner.kid, use: owner.use })
    .encrypt(sealingKey(owner, secret))
}

/** Opens what {@link seal} closed, or throws a {@link KeyFault} that says which key it was. */
export async function unseal(sealed: string, owner: SealedFor, secret: string): Promise<Uint8Array> {
  const opened = await compactDecrypt(sealed, sealingKey(owner, secret), {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  }).catch(() => undefined)
  const header = opened?.protectedHeader
  if (!opened || header?.kid !== owner.kid || header.use !== owner.use) {
    throw new KeyFault('wrong_secret', unopened(owner), owner.kid)
  }
  return opened.plaintext
}

function unopened({ kid, alg }: SealedFor): string {
  return (
    `the ${alg} key ${kid} could not be opened: keys.secret is not the one that it was sealed under, ` +
    'or the sealed key is damaged; give the right secret, or restore the keys from a backup'
  )
}

/** HKDF-SHA256 (RFC 5869): the secret is random already, so the salt is a label and the owner goes into `info`. */
function sealingKey({ kid, use, alg }: SealedFor, secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, 'signet keys.secret', `key ring v1 ${use} ${alg} ${kid}`, 32))
}
