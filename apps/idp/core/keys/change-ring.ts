import { KeyFault } from './key-fault.ts'
import type { KeyStore, StoredRing } from './stored-ring.ts'

/** Each conflict means that another's change went through: more than a few in a row is not bad luck. */
const attempts = 20

/**
 * Changes the stored ring: reads it, asks for the changed one, and puts that unless another was quicker; then it asks
 * again, with the ring as it is now. A change that hands back the ring it was given stores nothing.
 */
export async function changeRing<Change extends { readonly ring: StoredRing }>(
  store: KeyStore,
  change: (ring: StoredRing) => Promise<Change>,
): Promise<Change> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const ring = await store.read()
    if (!ring) throw new KeyFault('missing', 'there is no key ring yet: start the server once, or rotate a key')
    const changed = await change(ring)
    if (changed.ring === ring) return changed
    if ((await store.put(changed.ring, ring.version)) === 'stored') return changed
  }
  throw new KeyFault('conflict', 'the key ring keeps being changed by others; try again')
}
