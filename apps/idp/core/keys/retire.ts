import { KeyFault } from './key-fault.ts'
import { type Occasion, rotate } from './rotate.ts'
import type { StoredKey, StoredRing } from './stored-ring.ts'
import { compromisedAt, isSound, type KeyAlg, lineOf, signerOf } from './succession.ts'

/** Which key shall go, and why. */
export type Retirement = Omit<Occasion, 'atOnce'> & {
  readonly kid: string
  /** Others may have its private part: nobody trusts it from now on. */
  readonly compromised?: boolean | undefined
}

/**
 * The ring after it, and the key that takes over, where one does; `isNew` where it was made for that. The same ring where
 * nothing had to change.
 */
export type Retired = { readonly ring: StoredRing; readonly successor: StoredKey | undefined; readonly isNew: boolean }

/**
 * Sees to it that a key stops signing. Without haste it signs on until a successor, made here if there is none, is
 * known to every verifier. A compromised one leaves the JWKS now, what it signed is void, and a successor signs now:
 * the one that is published already if there is one, as most verifiers know it. A MAC key leaves the ring altogether:
 * no other party checks what it made, so that nothing has to be known of it.
 */
export async function retire(ring: StoredRing, { kid, compromised, ...occasion }: Retirement): Promise<Retired> {
  const key = ring.keys.find((each) => each.kid === kid)
  if (!key) throw new KeyFault('unknown_key', `there is no key ${kid} in the ring`, kid)
  if (compromised) return expel(ring, key, occasion)
  const line = lineOf(ring.keys, key.alg)
  const successor = line.slice(line.indexOf(key) + 1).find(isSound)
  if (successor || !isSound(key)) return { ring, successor, isNew: false }
  const grown = await rotate(ring, { ...occasion, alg: key.alg })
  return { ring: grown.ring, successor: grown.key, isNew: true }
}

async function expel(ring: StoredRing, key: StoredKey, occasion: Omit<Occasion, 'atOnce'>): Promise<Retired> {
  if (compromisedAt(key)) return { ring, successor: undefined, isNew: false }
  const signed = signerOf(lineOf(ring.keys, key.alg), occasion.now) === key
  const keys =
    key.use === 'mac'
      ? ring.keys.filter((each) => each !== key)
      : replaced(ring.keys, key, { ...key, compromisedAt: occasion.now })
  const left = { version: ring.version + 1, keys }
  return signed ? promote(left, key.alg, occasion) : { ring: left, successor: undefined, isNew: false }
}

/** Lets the published successor of a key that has just gone sign now, or makes one. */
async function promote(left: StoredRing, alg: KeyAlg, occasion: Omit<Occasion, 'atOnce'>): Promise<Retired> {
  const waiting = lineOf(left.keys, alg).find((each) => isSound(each) && occasion.now < each.signsFrom)
  if (!waiting) {
    const grown = await rotate(left, { ...occasion, alg, atOnce: true })
    return { ring: grown.ring, successor: grown.key, isNew: true }
  }
  const successor = { ...waiting, signsFrom: occasion.now }
  return { ring: { ...left, keys: replaced(left.keys, waiting, successor) }, successor, isNew: false }
}

function replaced(keys: readonly StoredKey[], old: StoredKey, put: StoredKey): readonly StoredKey[] {
  return keys.map((each) => (each === old ? put : each))
}
