import { later } from '../clock.ts'
import { type KeySettings, lifeOf, noticeOf, termOf } from './key-settings.ts'
import { type Renewal, rotate } from './rotate.ts'
import type { StoredKey, StoredRing } from './stored-ring.ts'
import { forgottenOf, isSound, type KeyAlg, keyAlgs, lineOf, signerOf } from './succession.ts'

/** Makes the successors that are due and drops the keys that nothing needs any more. */
export async function renew(ring: StoredRing, settings: KeySettings, now: Date): Promise<Renewal> {
  const made: StoredKey[] = []
  let renewed = withoutForgotten(ring, settings, now)
  for (const alg of dueAlgs(ring.keys, settings, now)) {
    const grown = await rotate(renewed, { alg, now, settings })
    renewed = grown.ring
    made.push(grown.key)
  }
  return { ring: renewed === ring ? ring : { ...renewed, version: ring.version + 1 }, made }
}

/** The algorithms whose newest key's term ends so soon that its successor has to be published now. */
export function dueAlgs(keys: readonly StoredKey[], settings: KeySettings, now: Date): readonly KeyAlg[] {
  return keyAlgs.filter((alg) => {
    const newest = lineOf(keys, alg).findLast(isSound)
    return newest && later(newest.signsFrom, termOf(newest.use, settings) - noticeOf(settings)) <= now
  })
}

/**
 * Makes a ring fit for longer lives: what a key signs from now on may live as long as the settings say, so the key has
 * to stay as long. Never lowered: tokens with the longer life are out there.
 */
export function raiseLives(ring: StoredRing, settings: KeySettings, now: Date): StoredRing {
  const keys = ring.keys.map((key) => {
    const life = lifeOf(key.use, settings)
    return key.tokenLife < life && maySign(key, ring, now) ? { ...key, tokenLife: life } : key
  })
  const changed = keys.some((key, at) => key !== ring.keys[at])
  return changed ? { version: ring.version + 1, keys } : ring
}

function maySign(key: StoredKey, { keys }: StoredRing, now: Date): boolean {
  return isSound(key) && (now < key.signsFrom || signerOf(lineOf(keys, key.alg), now) === key)
}

function withoutForgotten(ring: StoredRing, settings: KeySettings, now: Date): StoredRing {
  const forgotten = forgottenOf(ring.keys, settings, now)
  if (forgotten.size === 0) return ring
  return { version: ring.version + 1, keys: ring.keys.filter((key) => !forgotten.has(key)) }
}
