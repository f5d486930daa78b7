import { sign, verify } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { changeRing } from '#core/keys/change-ring.ts'
import { openKeyRing } from '#core/keys/key-ring.ts'
import { reseal } from '#core/keys/reseal.ts'
import { retire } from '#core/keys/retire.ts'
import type { KeyRingOptions, RingChange } from '#core/keys/ring-keeper.ts'
import { rotate } from '#core/keys/rotate.ts'
import type { KeyStore } from '#core/keys/stored-ring.ts'
import type { KeyAlg } from '#core/keys/succession.ts'
import { memoryKeyMemory, memoryKeys } from '#stores/memory/durable-keys.ts'
import { testClock } from '#test/support/clock.ts'
import { aRing, at, day, kidsOf, otherSecret, secret, settings, signerKid, start } from './rings.ts'

const rotateIn = (store: KeyStore, alg: KeyAlg, when: number, atOnce = false) =>
  changeRing(store, (ring) => rotate(ring, { alg, now: at(when), atOnce, settings }))

describe('a running ring', () => {
  test.each(['ES256', 'RS256'] as const)('signs with %s what its verifier accepts', async (alg) => {
    const ring = await aRing()
    const signer = ring.signer(alg, start)
    if (!signer) throw new Error('no signer')
    const verifier = ring.verifier(signer.kid, start)
    if (!verifier) throw new Error('no verifier')
    const data = Buffer.from('a token')
    expect(verifier.alg).toBe(alg)
    expect(verifier.key.type).toBe('public')
    expect(verify('sha256', data, verifier.key, sign('sha256', data, signer.privateKey))).toBe(true)
  })

  test('has no signer for an algorithm without a key', async () => {
    expect((await aRing()).signer('PS256', start)).toBeUndefined()
  })

  test('takes over what another instance changed, and only then', async () => {
    const store = memoryKeys()
    const [one, two] = [await aRing({ store }), await aRing({ store })]
    const old = signerKid(one, 'ES256', start)
    const { key } = await rotateIn(store, 'ES256', 0)
    expect(kidsOf(two, start)).not.toContain(key.kid)
    await two.refresh()
    expect(kidsOf(two, start)).toContain(key.kid)
    expect([signerKid(two, 'ES256', at(914)), signerKid(two, 'ES256', at(915))]).toEqual([old, key.kid])
    expect(signerKid(one, 'ES256', at(915))).toBe(old)
  })

  test('reads the ring only when its version changed', async () => {
    const kept = memoryKeys()
    const read = vi.fn(kept.read)
    const ring = await aRing({ store: { ...kept, read } })
    read.mockClear()
    await ring.refresh()
    expect(read).not.toHaveBeenCalled()
    await rotateIn(kept, 'ES256', 0)
    await ring.refresh()
    expect(read).toHaveBeenCalledOnce()
  })

  test('goes on with what it knows when the store is empty, broken or sealed anew', async () => {
    let broken = false
    const kept = memoryKeys()
    const store: KeyStore = {
      ...kept,
      async version() {
        if (broken) throw new Error('the disk is gone')
        return kept.version()
      },
    }
    const ring = await aRing({ store })
    const before = ring.list(start)
    broken = true
    await expect(ring.refresh()).rejects.toThrow('the disk is gone')
    broken = false
    await changeRing(kept, async (stored) => ({ ring: await reseal(stored, { from: secret, to: otherSecret }) }))
    await expect(ring.rotateDue(at(60 * day))).rejects.toMatchObject({ code: 'wrong_secret' })
    expect(ring.list(start)).toEqual(before)
    expect(await kept.version()).toBe(2)
  })

  test('refuses to go on silently when the ring vanished', async () => {
    const kept = memoryKeys()
    let gone = false
    const ring = await aRing({
      store: {
        ...kept,
        version: async () => (gone ? undefined : kept.version()),
        read: async () => (gone ? undefined : kept.read()),
      },
    })
    gone = true
    await expect(ring.refresh()).rejects.toMatchObject({ code: 'lost' })
    expect(ring.signer('ES256', start)).toBeDefined()
  })

  test('tells of what it made, and of what others did', async () => {
    const told: RingChange[] = []
    const store = memoryKeys()
    const memory = memoryKeyMemory()
    const ring = await aRing({ store, memory, onChange: (change) => told.push(change) })
    const { key } = await rotateIn(store, 'RS256', 0)
    await ring.refresh()
    expect(told.map(({ made, states }) => [made.length, states.length])).toEqual([
      [3, 3],
      [0, 4],
    ])
    expect(await memory.list()).toContain(key.kid)
  })
})

describe('automatic rotation', () => {
  const due = at(30 * day)

  test('of two instances at once makes one key of each algorithm, and both have it', async () => {
    const store = memoryKeys()
    const rings = [await aRing({ store }), await aRing({ store }), await aRing({ store })]
    const made = (await Promise.all(rings.map((ring) => ring.rotateDue(due)))).flat()
    expect(made).toHaveLength(2)
    expect((await store.read())?.keys).toHaveLength(5)
    for (const ring of rings) expect(kidsOf(ring, due)).toEqual(expect.arrayContaining(made))
    expect(await rings[0]?.rotateDue(due)).toEqual([])
  })

  test('runs by itself, reports what fails, goes on, and stops when closed', async () => {
    vi.useFakeTimers()
    try {
      const clock = testClock(start)
      const kept = memoryKeys()
      let broken = true
      const store = { ...kept, version: async () => (broken ? Promise.reject(new Error('down')) : kept.version()) }
      const onError = vi.fn()
      const ring = await openKeyRing({ store, memory: memoryKeyMemory(), clock, settings, onError })
      clock.move(30 * day)
      await vi.advanceTimersByTimeAsync(10_000)
      expect(onError).toHaveBeenCalledOnce()
      broken = false
      const before = (await kept.read())?.keys.length
      await vi.advanceTimersToNextTimerAsync()
      await vi.waitUntil(async () => (await kept.read())?.keys.length === 5)
      expect(before).toBe(3)
      ring.close()
      await vi.waitUntil(() => vi.getTimerCount() === 0)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('MAC keys', () => {
  test('a new one is used when every server knows it, and the old one is still found', async () => {
    const store = memoryKeys()
    const ring = await aRing({ store })
    const old = ring.macKey(start)
    const { key } = await rotateIn(store, 'HS256', 0)
    await ring.refresh()
    expect(ring.macKey(at(914)).kid).toBe(old.kid)
    expect(ring.macKey(at(915)).kid).toBe(key.kid)
    expect((await ring.findMacKey(old.kid))?.secret.equals(old.secret)).toBe(true)
    expect(old.secret.symmetricKeySize).toBe(32)
  })

  test('an unknown one is looked for in the store, once for everybody who asks', async () => {
    const kept = memoryKeys()
    const version = vi.fn(kept.version)
    const ring = await aRing({ store: { ...kept, version } })
    const { key } = await rotateIn(kept, 'HS256', 0, true)
    version.mockClear()
    const found = await Promise.all(Array.from({ length: 50 }, () => ring.findMacKey(key.kid)))
    expect(found.map((each) => each?.kid)).toEqual(Array.from({ length: 50 }, () => key.kid))
    expect(version).toHaveBeenCalledOnce()
    expect(await ring.findMacKey('mac_unknown')).toBeUndefined()
    await ring.findMacKey(key.kid)
    expect(version).toHaveBeenCalledTimes(2)
  })

  test('a store that cannot answer is not taken for an unknown key', async () => {
    const kept = memoryKeys()
    let down = false
    const store = { ...kept, version: async () => (down ? Promise.reject(new Error('down')) : kept.version()) }
    const ring = await aRing({ store })
    down = true
    await expect(ring.findMacKey('mac_unknown')).rejects.toThrow('down')
  })

  test('a signing key that another server uses at once is looked for once, and nothing that cannot be one', async () => {
    const kept = memoryKeys()
    const version = vi.fn(kept.version)
    const store = { ...kept, version }
    const [ring, other] = [await aRing({ store }), await aRing({ store: kept })]
    const old = signerKid(ring, 'ES256', start)
    await rotateIn(kept, 'ES256', 0, true)
    await other.refresh()
    const kid = signerKid(other, 'ES256', at(1))
    expect(ring.verifier(kid, start)).toBeUndefined()
    version.mockClear()
    expect((await ring.findVerifier(kid, start))?.alg).toBe('ES256')
    expect((await ring.findVerifier(kid, start))?.alg).toBe('ES256')
    expect((await ring.findVerifier(old, start))?.alg).toBe('ES256')
    expect(version).toHaveBeenCalledTimes(1)
    for (const stranger of ['another', '', 'x'.repeat(44), `${'x'.repeat(42)}.`]) {
      expect(await ring.findVerifier(stranger, start)).toBeUndefined()
    }
    expect(version).toHaveBeenCalledTimes(1)
    expect(await ring.findVerifier('x'.repeat(43), start)).toBeUndefined()
    version.mockRejectedValueOnce(new Error('down'))
    await expect(ring.findVerifier('x'.repeat(43), start)).rejects.toThrow('down')
  })

  test('a signing key is no MAC key, nor the other way round', async () => {
    const ring = await aRing()
    expect(await ring.findMacKey(signerKid(ring, 'ES256', start))).toBeUndefined()
    expect(ring.verifier(ring.macKey(start).kid, start)).toBeUndefined()
  })
})

describe('what is still verified', () => {
  async function rotated(options: Partial<KeyRingOptions> = {}) {
    const store = memoryKeys()
    const ring = await aRing({ store, ...options })
    const old = signerKid(ring, 'RS256', start)
    await rotateIn(store, 'RS256', 0)
    await ring.refresh()
    return { ring, store, old }
  }

  test('a key that left the JWKS is remembered for hints, then not', async () => {
    const { ring, old } = await rotated()
    const left = 915 + 615
    expect([kidsOf(ring, at(left - 1)), kidsOf(ring, at(left))].map((kids) => kids.includes(old))).toEqual([
      true,
      false,
    ])
    expect(ring.verifier(old, at(left + 14 * day - 1))?.alg).toBe('RS256')
    expect(ring.verifier(old, at(left + 14 * day))).toBeUndefined()
  })

  test('a compromised key is out at once: no signer, not published, not verified', async () => {
    const { ring, store, old } = await rotated()
    await changeRing(store, (stored) => retire(stored, { kid: old, compromised: true, now: at(50), settings }))
    await ring.refresh()
    expect(signerKid(ring, 'RS256', at(50))).not.toBe(old)
    expect(kidsOf(ring, at(50))).not.toContain(old)
    expect(ring.verifier(old, at(50))).toBeUndefined()
    expect(ring.list(at(50)).find(({ kid }) => kid === old)?.state).toBe('compromised')
  })
})
