/**
 * Rotates the ring in a directory, and seals it under the other of two secrets, until it is killed. Prints the version
 * of the ring after each change.
 */
import { changeRing } from '#core/keys/change-ring.ts'
import { reseal } from '#core/keys/reseal.ts'
import { rotate } from '#core/keys/rotate.ts'
import type { StoredRing } from '#core/keys/stored-ring.ts'
import { openFileKeyStore } from '#stores/files/file-key-store.ts'
import { secretOf, settings } from '#test/core/keys/rings.ts'

const store = openFileKeyStore(process.argv[2] ?? '')

/** Keeps the ring short, so that sealed parts are removed as well. */
async function change(ring: StoredRing): Promise<{ ring: StoredRing }> {
  const from = secretOf(ring)
  const now = new Date()
  const { keys } = (await rotate(ring, { alg: 'ES256', now, settings: { ...settings, secret: from } })).ring
  const shorter = { version: ring.version, keys: keys.slice(-6) }
  return { ring: await reseal(shorter, { from, to: secretOf({ version: ring.version + 1 }) }) }
}

for (;;) {
  const { ring } = await changeRing(store, change)
  process.stdout.write(`${ring.version}\n`)
}
