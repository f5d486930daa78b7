import { later } from '../clock.ts'
import { type KeyFile, readKeyFile } from './import-key.ts'
import { KeyFault } from './key-fault.ts'
import { type KeySettings, lifeOf, noticeOf } from './key-settings.ts'
import { makeKey, type NewKey } from './new-key.ts'
import { seal } from './seal.ts'
import type { StoredKey, StoredRing } from './stored-ring.ts'
import { isSound, type KeyAlg, lineOf, signerOf } from './succession.ts'

/** When a key joins the ring. */
export type Occasion = {
  readonly now: Date
  readonly settings: KeySettings
  /** Signs at once, for a leaked key: verifiers that cache the JWKS may fail until they fetch it again. */
  readonly atOnce?: boolean | undefined
}

/** A ring with a key more, and that key. */
export type Grown = { readonly ring: StoredRing; readonly key: StoredKey }

/**
 * Gives an algorithm a new key. It only inserts: the key is published at once and takes over when every verifier can
 * have it; the first one of its algorithm signs from now on.
 */
export async function rotate(ring: StoredRing, { alg, ...occasion }: Occasion & { alg: KeyAlg }): Promise<Grown> {
  return insert(ring, await makeKey(alg), occasion)
}

/** Inserts an operator's own key, by the same rules. */
export async function importKey(ring: StoredRing, { file, ...occasion }: Occasion & { file: KeyFile }): Promise<Grown> {
  return insert(ring, await readKeyFile(file), occasion)
}

/** The first ring: a key for every algorithm of the settings, a MAC key for refresh tokens; all begin at once. */
export async function makeFirstRing(occasion: Occasion): Promise<StoredRing> {
  return (await supply({ version: 0, keys: [] }, occasion)).ring
}

/** A ring as time or the settings ask for it, and the keys that joined it. The same ring where nothing was missing. */
export type Renewal = { readonly ring: StoredRing; readonly made: readonly StoredKey[] }

/** Makes a first key for each algorithm of the settings that has none, and for MACs. */
export async function supply(ring: StoredRing, occasion: Occasion): Promise<Renewal> {
  const made: StoredKey[] = []
  let supplied = ring
  const { algs, decryptionAlgs } = occasion.settings
  for (const alg of [...algs, ...decryptionAlgs, 'HS256'] as const) {
    if (lineOf(supplied.keys, alg).some(isSound)) continue
    const grown = await rotate(supplied, { alg, ...occasion })
    supplied = grown.ring
    made.push(grown.key)
  }
  return { ring: supplied === ring ? ring : { ...supplied, version: ring.version + 1 }, made }
}

async function insert(ring: StoredRing, made: NewKey, occasion: Occasion): Promise<Grown> {
  if (ring.keys.some(({ kid }) => kid === made.kid)) {
    throw new KeyFault('conflict', `the key ${made.kid} is in the ring already`, made.kid)
  }
  const { privatePart, ...known } = made
  const { now, settings } = occasion
  const born = {
    createdAt: now,
    signsFrom: takesOverAt(lineOf(ring.keys, made.alg), occasion),
    tokenLife: lifeOf(made.use, settings),
    sealed: await seal(privatePart, made, settings.secret),
  }
  const key: StoredKey = known.use === 'mac' ? { ...known, ...born } : { ...known, ...born, compromisedAt: undefined }
  return { ring: { version: ring.version + 1, keys: [...ring.keys, key] }, key }
}

/** At once means after the present signer's turn began: a clock that is behind must not put the new key before it. */
function takesOverAt(line: readonly StoredKey[], { now, atOnce, settings }: Occasion): Date {
  if (!line.some(isSound)) return now
  if (!atOnce) return later(now, noticeOf(settings))
  const since = signerOf(line, now)?.signsFrom ?? now
  return since < now ? now : new Date(since.getTime() + 1)
}
