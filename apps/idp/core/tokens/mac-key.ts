import type { KeyRing } from '../keys/key-ring.ts'
import type { MacKey } from '../keys/opened-ring.ts'
import { Unavailable } from '../oauth/error.ts'

/** The MAC key of this name; undefined where the ring was read and lacks it. A ring that cannot be read is a 503. */
export async function findMacKey(ring: Pick<KeyRing, 'findMacKey'>, kid: string): Promise<MacKey | undefined> {
  try {
    return await ring.findMacKey(kid)
  } catch (cause) {
    throw new Unavailable('the key ring cannot be read', { cause })
  }
}

/** The MAC key that a family's record names: where it is missing something of ours is, and 503 keeps people signed in. */
export async function requireMacKey(ring: KeyRing, kid: string): Promise<MacKey> {
  const key = await findMacKey(ring, kid)
  if (!key) throw new Unavailable(`the MAC key ${kid} is not known here`)
  return key
}
