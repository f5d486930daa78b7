import { decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import { openStoredRing } from '#core/keys/opened-ring.ts'
import { reseal } from '#core/keys/reseal.ts'
import { retire } from '#core/keys/retire.ts'
import { makeFirstRing, rotate } from '#core/keys/rotate.ts'
import { seal, unseal } from '#core/keys/seal.ts'
import type { StoredKey, StoredRing } from '#core/keys/stored-ring.ts'
import { at, otherSecret, secret, settings, start } from './rings.ts'

const owner = { kid: 'a-key', use: 'sig', alg: 'ES256' } as const
const part = Buffer.from('a private part')

function swap(ring: StoredRing, change: (key: StoredKey) => StoredKey): StoredRing {
  return { ...ring, keys: ring.keys.map(change) }
}

describe('a sealed part', () => {
  test('opens for its key under its secret, and says nothing outside', async () => {
    const sealed = await seal(part, owner, secret)
    expect(Buffer.from(await unseal(sealed, owner, secret))).toEqual(part)
    expect(decodeProtectedHeader(sealed)).toEqual({ alg: 'dir', enc: 'A256GCM', kid: 'a-key', use: 'sig' })
    expect(sealed).not.toContain(part.toString('base64url'))
  })

  test.each([
    ['another secret', owner, otherSecret],
    ['another kid', { ...owner, kid: 'b-key' }, secret],
    ['another use', { ...owner, use: 'mac' as const }, secret],
    ['another algorithm', { ...owner, alg: 'RS256' as const }, secret],
  ])('does not open for %s, and the error names the key', async (_, asked, under) => {
    const sealed = await seal(part, owner, secret)
    await expect(unseal(sealed, asked, under)).rejects.toMatchObject({ code: 'wrong_secret', kid: asked.kid })
  })

  test('does not open when a byte was changed', async () => {
    const sealed = await seal(part, owner, secret)
    const at = sealed.lastIndexOf('.') - 3
    const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`
    await expect(unseal(changed, owner, secret)).rejects.toMatchObject({ code: 'wrong_secret' })
  })
})

describe('a stored ring', () => {
  test('names the key that the secret does not open, and neither secret', async () => {
    const ring = await makeFirstRing({ now: start, settings })
    const error = await openStoredRing(ring, otherSecret).catch((thrown: unknown) => thrown)
    // All are opened at once: any of them may be the first that fails.
    const named = ring.keys.find(({ kid }) => String(error).includes(kid))
    expect(error).toMatchObject({ code: 'wrong_secret', kid: named?.kid ?? 'one of the ring' })
    expect(String(error)).not.toMatch(new RegExp(`${secret}|${otherSecret}`))
  })

  test('does not publish a key that someone put into the place of ours', async () => {
    const ours = await makeFirstRing({ now: start, settings })
    const theirs = await makeFirstRing({ now: start, settings: { ...settings, secret: otherSecret } })
    const [planted] = theirs.keys
    if (planted?.use !== 'sig') throw new Error('the first key of a ring signs')
    const forged = swap(ours, (key) =>
      key.use === 'sig' && key.alg === planted.alg ? { ...key, publicJwk: planted.publicJwk } : key,
    )
    await expect(openStoredRing(forged, secret)).rejects.toMatchObject({ code: 'damaged' })
    const added = { ...ours, keys: [...ours.keys, planted] }
    await expect(openStoredRing(added, secret)).rejects.toMatchObject({ code: 'wrong_secret', kid: planted.kid })
  })

  test('does not let RS256 pass for PS256', async () => {
    const ring = await makeFirstRing({ now: start, settings })
    const forged = swap(ring, (key) => (key.use === 'sig' && key.alg === 'RS256' ? { ...key, alg: 'PS256' } : key))
    await expect(openStoredRing(forged, secret)).rejects.toMatchObject({ code: 'wrong_secret' })
  })
})

describe('reseal', () => {
  test('moves every key to the new secret and changes nothing else', async () => {
    const ring = await makeFirstRing({ now: start, settings })
    const resealed = await reseal(ring, { from: secret, to: otherSecret })
    await expect(openStoredRing(resealed, secret)).rejects.toMatchObject({ code: 'wrong_secret' })
    const before = await openStoredRing(ring, secret)
    const after = await openStoredRing(resealed, otherSecret)
    for (const [kid, { privateKey }] of before.signing) {
      expect(after.signing.get(kid)?.privateKey.equals(privateKey)).toBe(true)
    }
    for (const [kid, mac] of before.macs) expect(after.macs.get(kid)?.secret.equals(mac.secret)).toBe(true)
    expect(resealed.version).toBe(ring.version + 1)
    const bare = (keys: readonly StoredKey[]) => keys.map((key) => ({ ...key, sealed: '' }))
    expect(bare(resealed.keys)).toEqual(bare(ring.keys))
  })

  test('refuses a weak new secret and a wrong old one', async () => {
    const ring = await makeFirstRing({ now: start, settings })
    await expect(reseal(ring, { from: secret, to: 'secret' })).rejects.toMatchObject({ code: 'weak_secret' })
    await expect(reseal(ring, { from: otherSecret, to: secret })).rejects.toMatchObject({ code: 'wrong_secret' })
  })

  test('leaves a compromised key closed: what lost its private part does not stand in the way', async () => {
    const { ring } = await rotate(await makeFirstRing({ now: start, settings }), { alg: 'ES256', now: at(5), settings })
    const [first] = ring.keys
    const retired = (await retire(ring, { kid: first?.kid ?? '', compromised: true, now: at(9), settings })).ring
    const broken = swap(retired, (key) => (key.kid === first?.kid ? { ...key, sealed: 'lost' } : key))
    const resealed = await reseal(broken, { from: secret, to: otherSecret })
    expect((await openStoredRing(resealed, otherSecret)).signing.has(first?.kid ?? '')).toBe(false)
  })
})
