import { requireStrongSecret } from './key-secret.ts'
import { seal, unseal } from './seal.ts'
import type { StoredKey, StoredRing } from './stored-ring.ts'
import { isSound } from './succession.ts'

/** The secret that the ring is sealed under, and the one that it shall be. */
export type Reseal = { readonly from: string; readonly to: string }

/**
 * Seals every private part under another secret: all of them or, where one does not open, none. A compromised key is
 * never opened again and stays as it is. Servers need the new secret from their next start on.
 */
export async function reseal(ring: StoredRing, { from, to }: Reseal): Promise<StoredRing> {
  requireStrongSecret(to, 'the new keys.secret')
  const again = async (key: StoredKey): Promise<StoredKey> =>
    isSound(key) ? { ...key, sealed: await seal(await unseal(key.sealed, key, from), key, to) } : key
  return { version: ring.version + 1, keys: await Promise.all(ring.keys.map(again)) }
}
