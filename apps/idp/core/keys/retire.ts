import { KeyFault } from './key-fault.ts'
import { type Occasion, rotate } from './rotate.ts'
import type { StoredKey, StoredRing } from './stored-ring.ts'
import { compromisedAt, isSound, lineOf, signerOf } from './succession.ts'

/** Which key shall go, and why. */
export type Retirement = Omit<Occasion, 'atOnce'> & {
  readonly kid: string
  /** Others may have its private part: nobody trusts it from now on. */
  readonly compromised?: boolean | undefined
}

/** The ring after it, and the key that takes over, where one does. The same ring where nothing had to change. */
export type Retired = { readonly ring: StoredRing; readonly successor: StoredKey | undefined }

/**
 * Sees to it that a key stops signing. Without haste it signs on until a successor, made here if there is none, is
 * known to every verifier. A compromised one leaves the JWKS now, what it signed is void, and a successor signs now:
 * the one that is published already if there is one, as most verifiers know it.
 */
export async function retire(ring: StoredRing, { kid, compromised, ...occasion }: Retirement): Promise<Retired> {
  const key = ring.keys.find((each) => each.kid === kid)
  if (!key) throw new KeyFault('unknown_key', `there is no key ${kid} in the ring`, kid)
  if (compromised) return expel(ring, key, occasion)
  const line = lineOf(ring.keys, key.alg)
  const successor = line.slice(line.indexOf(key) + 1).find(isSound)
  if (successor || !isSound(key)) return { ring, successor }
  const grown = await rotate(ring, { ...occasion, alg: key.alg })
  return { ring: grown.ring, successor: grown.key }
}

async function expel(ring: StoredRing, key: StoredKey, occasion: Omit<Occasion, 'atOnce'>): Promise<Retired> {
  if (key.use === 'mac') {
    throw new KeyFault(
      'refused',
      `${key.kid} is a MAC key: families under it stay until they end. Rotate HS256 at once, then revoke all sessions`,
      key.kid,
    )
  }
  if (compromisedAt(key)) return { ring, successor: undefined }
  const signed = signerOf(lineOf(ring.keys, key.alg), occasion.now) === key
  const marked = { ...key, compromisedAt: occasion.now }
  const left = { version: ring.version + 1, keys: replaced(ring.keys, key, marked) }
  return signed ? promote(left, marked, occasion) : { ring: left, successor: undefined }
}

/** Lets the published successor of a key that was just marked sign now, or makes one. */
async function promote(left: StoredRing, marked: StoredKey, occasion: Omit<Occasion, 'atOnce'>): Promise<Retired> {
  const waiting = lineOf(left.keys, marked.alg).find((each) => isSound(each) && occasion.now < each.signsFrom)
  if (!waiting) {
    const grown = await rotate(left, { ...occasion, alg: marked.alg, atOnce: true })
    return { ring: grown.ring, successor: grown.key }
  }
  const successor = { ...waiting, signsFrom: occasion.now }
  return { ring: { ...left, keys: replaced(left.keys, waiting, successor) }, successor }
}

function replaced(keys: readonly StoredKey[], old: StoredKey, put: StoredKey): readonly StoredKey[] {
  return keys.map((each) => (each === old ? put : each))
}
