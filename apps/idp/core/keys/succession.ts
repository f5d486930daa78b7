import { later } from '../clock.ts'
import type { KeySettings } from './key-settings.ts'
import { type DecryptionAlg, decryptionAlgs, type SigningAlg, type StoredKey, signingAlgs } from './stored-ring.ts'

/** Everything a key of the ring can do: sign tokens with an algorithm, open what is encrypted to us, make MACs. */
export type KeyAlg = StoredKey['alg']

/** Every kind of succession that a ring can hold. */
export const keyAlgs: readonly KeyAlg[] = [...signingAlgs, ...decryptionAlgs, 'HS256']

/** A key with the dates that follow from its successor. Undefined: not known yet, there is no successor. */
export type Tenure<Key extends StoredKey = StoredKey> = {
  readonly key: Key
  /** When it leaves the JWKS (a MAC key: when no family under it can be alive). */
  readonly leavesAt: Date | undefined
  /** When nothing that it signed is accepted as a hint either, or it opens nothing any more; the ring drops it then. */
  readonly forgottenAt: Date | undefined
}

/** When an operator declared the key compromised, if ever. */
export function compromisedAt(key: StoredKey): Date | undefined {
  return key.use === 'mac' ? undefined : key.compromisedAt
}

/**
 * The keys of one algorithm in the order in which they sign. Each signs until the next one's `signsFrom`; one that was
 * compromised before its turn never gets one, and its predecessor goes on.
 */
export function lineOf<Key extends StoredKey>(keys: readonly Key[], alg: KeyAlg): readonly Key[] {
  return keys
    .filter((key) => key.alg === alg && !wasCompromisedBeforeItsTurn(key))
    .sort((one, other) => +one.signsFrom - +other.signsFrom || +one.createdAt - +other.createdAt || order(one, other))
}

/**
 * The key of a line that signs now: the last whose turn has come. Where that one is compromised its successor steps in
 * before its turn, and where none has had its turn (a clock that runs behind) the first one signs: a line with a sound
 * key always has a signer.
 */
export function signerOf<Key extends StoredKey>(line: readonly Key[], now: Date): Key | undefined {
  const turn = Math.max(
    0,
    line.findLastIndex((key) => key.signsFrom <= now),
  )
  return line.slice(turn).find(isSound) ?? line.slice(0, turn).findLast(isSound)
}

/** Every algorithm that has a key to sign with. */
export function algsOf(keys: readonly StoredKey[]): readonly SigningAlg[] {
  return signingAlgs.filter((alg) => lineOf(keys, alg).some(isSound))
}

/** Every kind of key that what is encrypted to us can be opened with. */
export function decryptionAlgsOf(keys: readonly StoredKey[]): readonly DecryptionAlg[] {
  return decryptionAlgs.filter((alg) => lineOf(keys, alg).some(isSound))
}

/** Every key of the ring with its dates, in the ring's order. */
export function tenuresOf<Key extends StoredKey>(keys: readonly Key[], settings: KeySettings): readonly Tenure<Key>[] {
  const successors = new Map<Key, Key | undefined>()
  for (const alg of keyAlgs) {
    const line = lineOf(keys, alg)
    for (const [at, key] of line.entries()) successors.set(key, line[at + 1])
  }
  return keys.map((key) => tenure(key, successors.get(key), settings))
}

/**
 * A key stays until the last token that it can have signed has expired: a server that learns late of a successor that
 * signs at once goes on for `pollEvery`, and its clock may be behind by `skew`. As an ID token is also a hint at who
 * wants to sign out (OpenID Connect RP-Initiated Logout §2), its key is remembered for a session's life after that.
 * A key that others encrypt to leaves when its successor is known to all of them, and opens what is late for a while.
 */
function tenure<Key extends StoredKey>(key: Key, successor: Key | undefined, settings: KeySettings): Tenure<Key> {
  const settled = settings.pollEvery + key.tokenLife + settings.skew
  const leaves = { sig: settled, mac: settled, enc: 0 }
  const remembered = { sig: settings.sessionAbsolute, mac: 0, enc: settled }[key.use]
  const ends = successor && later(successor.signsFrom, leaves[key.use])
  const compromised = compromisedAt(key)
  const leavesAt = compromised && !(ends && ends < compromised) ? compromised : ends
  const last = ends ?? (wasCompromisedBeforeItsTurn(key) ? compromised : undefined)
  return { key, leavesAt, forgottenAt: last && later(last, remembered) }
}

/**
 * The keys that the ring need not keep. A key goes only after all before it in its line: its `signsFrom` is what their
 * dates follow from.
 */
export function forgottenOf<Key extends StoredKey>(keys: readonly Key[], settings: KeySettings, now: Date): Set<Key> {
  const tenures = new Map(tenuresOf(keys, settings).map((each) => [each.key, each]))
  const isOver = (key: Key): boolean => {
    const at = tenures.get(key)?.forgottenAt
    return at !== undefined && at <= now
  }
  const over = keyAlgs.flatMap((alg) => {
    const line = lineOf(keys, alg)
    const firstNeeded = line.findIndex((key) => !isOver(key))
    return line.slice(0, firstNeeded)
  })
  return new Set([...over, ...keys.filter((key) => wasCompromisedBeforeItsTurn(key) && isOver(key))])
}

/** Is the key trusted at all? */
export function isSound(key: StoredKey): boolean {
  return compromisedAt(key) === undefined
}

/** Does the key stand in the JWKS at this time? From its birth on, before its turn. A MAC key never does. */
export function isPublished({ key, leavesAt }: Tenure, now: Date): boolean {
  return key.use !== 'mac' && isSound(key) && !(leavesAt && leavesAt <= now)
}

/** Does what this key signed still say who someone is, if only as an `id_token_hint`? Does it open what is late? */
export function isRemembered({ key, forgottenAt }: Tenure, now: Date): boolean {
  return isSound(key) && !(forgottenAt && forgottenAt <= now)
}

function wasCompromisedBeforeItsTurn(key: StoredKey): boolean {
  const at = compromisedAt(key)
  return at !== undefined && at <= key.signsFrom
}

function order(one: StoredKey, other: StoredKey): number {
  return one.kid < other.kid ? -1 : 1
}
