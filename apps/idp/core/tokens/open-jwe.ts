import { compactDecrypt, decodeProtectedHeader } from 'jose'
import { encryptionEncs } from '../clients/encryption-algs.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { DecryptionAlg } from '../keys/stored-ring.ts'

/** What each kind of key of ours opens (RFC 7518 §4.3, §4.6). No passwords, and no secret that two sides know. */
const algsOfKey: { readonly [kind in DecryptionAlg]: readonly string[] } = {
  'RSA-OAEP-256': ['RSA-OAEP-256', 'RSA-OAEP'],
  'ECDH-ES': ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'],
}

/** Every algorithm that something can be encrypted to us with, for the metadata. */
export function algsToUs(kinds: readonly DecryptionAlg[]): readonly string[] {
  return kinds.flatMap((kind) => algsOfKey[kind])
}

/** Opens what was encrypted to us; see {@link jweOpener}. */
export type OpenJwe = (jwe: string, now: Date) => Promise<string | undefined>

/** Five parts; only the key is empty where none is wrapped (RFC 7516 §7.1). */
const compactForm = /^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$/
const longest = 65_536

/** Whether a text looks like a JWE, whoever it is for. */
export function isJwe(text: string): boolean {
  return text.length <= longest && compactForm.test(text)
}

/**
 * Makes the opener of compact JWEs (RFC 7516) that somebody encrypted to a key of ours. Undefined, for one reason like
 * another, where it is not one. Everything that costs is refused by the header: passwords, compression, extensions.
 * Who encrypted it is not known then: what is inside has to be signed.
 */
export function jweOpener(ring: Pick<KeyRing, 'findDecryptionKeys'>): OpenJwe {
  return async (jwe, now) => {
    const header = isJwe(jwe) ? readHeader(jwe) : undefined
    if (!header) return undefined
    const { alg, enc, kid } = header
    const keys = await ring.findDecryptionKeys(kid, now)
    const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] }
    for (const key of keys.filter((one) => algsOfKey[one.alg].includes(alg))) {
      // What a stranger wrote fails in many ways (a point that is on no curve, for one); none is a fault of ours.
      const opened = await compactDecrypt(jwe, key.decryptsWith, options).catch(() => undefined)
      if (opened) return Buffer.from(opened.plaintext).toString()
    }
    return undefined
  }
}

type Header = { readonly alg: string; readonly enc: string; readonly kid: string | undefined }

function readHeader(jwe: string): Header | undefined {
  try {
    const { alg, enc, kid, zip, crit } = decodeProtectedHeader(jwe)
    if (typeof alg !== 'string' || typeof enc !== 'string' || !encryptionEncs.includes(enc)) return undefined
    if (zip !== undefined || crit !== undefined || (kid !== undefined && typeof kid !== 'string')) return undefined
    return { alg, enc, kid }
  } catch {
    return undefined
  }
}
