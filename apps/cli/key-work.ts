import type { StoredKey, StoredRing } from '#core/keys/stored-ring.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import type { Work } from './at-work.ts'
import { requireKeysSecret } from './settings.ts'

/** Settings that the succession of keys depends on. */
export const keyConcerns: readonly string[] = [
  'keys.rotateEvery',
  'keys.jwksMaxAge',
  'keys.pollEvery',
  'keys.skew',
  'tokens.',
  'sessions.',
]

/** The same, for commands that open private keys. */
export const openKeyConcerns: readonly string[] = [...keyConcerns, 'keys.secret']

/**
 * Changes the ring after seeing that `keys.secret` opens it, so that no key is sealed under a secret the servers do not
 * have; then tells the memory of keys and the audit trail what joined.
 */
export async function changeKeys<Change extends { readonly ring: StoredRing }>(
  { config, stores }: Work,
  change: (ring: StoredRing) => Promise<Change>,
): Promise<Change> {
  requireKeysSecret(config)
  const [{ changeRing }, { openStoredRing }] = await Promise.all([
    import('#core/keys/change-ring.ts'),
    import('#core/keys/opened-ring.ts'),
  ])
  const changed = await changeRing(stores.keys, async (ring) => {
    await openStoredRing(ring, config.keys.secret)
    return change(ring)
  })
  await stores.keyMemory.put(changed.ring.keys.map(({ kid }) => kid))
  return changed
}

/** Makes the first ring where there is none; answers its keys, or undefined where there was one. */
export async function makeFirstKeys(work: Work): Promise<readonly StoredKey[] | undefined> {
  const { config, stores, clock } = work
  if (await stores.keys.read()) return undefined
  requireKeysSecret(config)
  const { makeFirstRing } = await import('#core/keys/rotate.ts')
  const ring = await makeFirstRing({ now: clock.now(), settings: ringKeySettings(config) })
  if ((await stores.keys.put(ring, undefined)) === 'conflict') return undefined
  await stores.keyMemory.put(ring.keys.map(({ kid }) => kid))
  for (const key of ring.keys) await recordKey(work, 'key.created', key)
  return ring.keys
}

/** Writes a key's event to the trail. */
export function recordKey(
  { audit, actor }: Work,
  event: KeyEvent,
  { kid, alg }: Pick<StoredKey, 'kid' | 'alg'>,
): Promise<void> {
  return audit.record(event, { actor, details: { kid, alg } })
}

type KeyEvent = 'key.created' | 'key.imported' | 'key.retired' | 'key.compromised'

/** A new key as `--json` shows it. */
export function keyJson({ kid, alg, signsFrom }: StoredKey) {
  return { kid, alg, signsFrom }
}
