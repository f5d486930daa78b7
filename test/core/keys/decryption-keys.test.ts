import { expect, test } from 'vitest'
import { changeRing } from '#core/keys/change-ring.ts'
import type { KeySettings } from '#core/keys/key-settings.ts'
import { reseal } from '#core/keys/reseal.ts'
import { retire } from '#core/keys/retire.ts'
import { rotate } from '#core/keys/rotate.ts'
import { memoryKeys } from '#stores/memory/durable-keys.ts'
import { aRing, at, minute, otherSecret, secret, settings, start } from './rings.ts'

const both: KeySettings = { ...settings, decryptionAlgs: ['RSA-OAEP-256', 'ECDH-ES'] }
/** How long a key opens what is late after it left the JWKS: what may live, a JWKS out of date, a poll and the skew. */
const late = 10 * minute + 15 * minute + 10 + 5

type Published = { readonly kid: string; readonly use: string; readonly kty: string; readonly alg?: string }

function published(ring: Awaited<ReturnType<typeof aRing>>, now: Date): readonly Published[] {
  return JSON.parse(ring.jwks(now).body.toString()).keys
}

const toEncrypt = (keys: readonly Published[]) => keys.filter(({ use }) => use === 'enc')

test('a ring has keys to encrypt to only where they are asked for', async () => {
  const plain = await aRing()
  expect(toEncrypt(published(plain, start))).toEqual([])
  expect(plain.decryptionAlgs()).toEqual([])
})

test('they join a ring that is there, and stand in the JWKS without a private member or an algorithm', async () => {
  const store = memoryKeys()
  const before = await aRing({ store })
  const ring = await aRing({ store, settings: both })
  const keys = toEncrypt(published(ring, start))
  expect(keys.map(({ kty }) => kty).sort()).toEqual(['EC', 'RSA'])
  for (const key of keys) {
    const members = key.kty === 'RSA' ? ['e', 'kid', 'kty', 'n', 'use'] : ['crv', 'kid', 'kty', 'use', 'x', 'y']
    expect(Object.keys(key).sort()).toEqual(members)
  }
  expect(ring.decryptionAlgs()).toEqual(['RSA-OAEP-256', 'ECDH-ES'])
  expect(published(ring, start).length).toBe(published(before, start).length + 2)
})

test('a key to encrypt to neither signs nor verifies, whoever asks', async () => {
  const ring = await aRing({ settings: both })
  const [{ kid } = { kid: '' }] = toEncrypt(published(ring, start))
  expect(ring.algs()).toEqual(['ES256', 'RS256'])
  for (const alg of ring.algs()) expect(ring.signer(alg, start)?.kid).not.toBe(kid)
  expect(ring.verifier(kid, start)).toBeUndefined()
  expect(await ring.findVerifier(kid, start)).toBeUndefined()
  expect((await ring.findDecryptionKeys(kid, start)).map((key) => key.kid)).toEqual([kid])
  expect(await ring.findDecryptionKeys(ring.signer('ES256', start)?.kid, start)).toEqual([])
})

test('the old key leaves the JWKS when its successor is known, and opens what is late for a while', async () => {
  const store = memoryKeys()
  const ring = await aRing({ store, settings: both })
  const old = toEncrypt(published(ring, start)).find(({ kty }) => kty === 'EC')?.kid ?? ''
  const { key } = await changeRing(store, (seen) => rotate(seen, { alg: 'ECDH-ES', now: start, settings: both }))
  await ring.refresh()
  const kids = (seconds: number) => toEncrypt(published(ring, at(seconds))).map(({ kid }) => kid)
  const opens = async (kid: string, seconds: number) => (await ring.findDecryptionKeys(kid, at(seconds))).length === 1

  expect(kids(1)).toEqual(expect.arrayContaining([old, key.kid]))
  expect(kids(914)).toContain(old)
  expect(kids(915)).not.toContain(old)
  expect(await opens(old, 915)).toBe(true)
  expect(await opens(old, 915 + late - 1)).toBe(true)
  expect(await opens(old, 915 + late)).toBe(false)
  expect(await opens(key.kid, 1)).toBe(true)
})

test('a compromised one opens nothing from that moment', async () => {
  const store = memoryKeys()
  const ring = await aRing({ store, settings: both })
  const [{ kid } = { kid: '' }] = toEncrypt(published(ring, start))
  await changeRing(store, (seen) => retire(seen, { kid, compromised: true, now: at(9), settings: both }))
  await ring.refresh()
  expect(toEncrypt(published(ring, at(9))).map((key) => key.kid)).not.toContain(kid)
  expect(await ring.findDecryptionKeys(kid, at(9))).toEqual([])
  expect(ring.decryptionAlgs()).toEqual(['RSA-OAEP-256', 'ECDH-ES'])
})

test('it is sealed under another secret with the others', async () => {
  const store = memoryKeys()
  await aRing({ store, settings: both })
  await changeRing(store, async (seen) => ({ ring: await reseal(seen, { from: secret, to: otherSecret }) }))
  const ring = await aRing({ store, settings: { ...both, secret: otherSecret } })
  expect((await ring.findDecryptionKeys(undefined, start)).length).toBe(2)
  await expect(aRing({ store, settings: both })).rejects.toMatchObject({ code: 'wrong_secret' })
})
