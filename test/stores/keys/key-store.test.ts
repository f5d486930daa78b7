import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changeRing } from '#core/keys/change-ring.ts'
import { reseal } from '#core/keys/reseal.ts'
import { retire } from '#core/keys/retire.ts'
import { makeFirstRing, rotate } from '#core/keys/rotate.ts'
import type { StoredRing } from '#core/keys/stored-ring.ts'
import { memoryKeyMemory } from '#stores/memory/durable-keys.ts'
import { aRing, at, otherSecret, secret, settings, start } from '#test/core/keys/rings.ts'
import { implementations } from './implementations.ts'

let first: StoredRing
beforeAll(async () => {
  const every = { ...settings, decryptionAlgs: ['RSA-OAEP-256', 'ECDH-ES'] as const }
  first = await makeFirstRing({ now: start, settings: every })
})

for (const { name, whyNot, start: begin } of implementations) {
  describe.skipIf(whyNot)(`the key store, ${name}${whyNot ? ` (${whyNot})` : ''}`, () => {
    let place: Awaited<ReturnType<typeof begin>>
    beforeAll(async () => {
      place = await begin()
    })
    afterAll(() => place.stop())

    test('is empty until a ring is put', async () => {
      const { store } = await place.open()
      expect(await store.read()).toBeUndefined()
      expect(await store.version()).toBeUndefined()
    })

    test('gives back what was put, to every instance', async () => {
      const { store, another } = await place.open()
      const { ring } = await retire(first, { kid: first.keys[0]?.kid ?? '', compromised: true, now: at(9), settings })
      expect(await store.put(ring, undefined)).toBe('stored')
      const other = await another()
      expect(await other.read()).toEqual(ring)
      expect(await other.version()).toBe(ring.version)
    })

    test('replaces only what the caller has seen', async () => {
      const { store } = await place.open()
      const next = (await rotate(first, { alg: 'ES256', now: at(1), settings })).ring
      expect(await store.put(next, 1)).toBe('conflict')
      expect(await store.read()).toBeUndefined()
      expect(await store.put(first, undefined)).toBe('stored')
      expect(await store.put(next, undefined)).toBe('conflict')
      expect(await store.put(next, 7)).toBe('conflict')
      expect(await store.read()).toEqual(first)
      expect(await store.put(next, first.version)).toBe('stored')
      expect(await store.put(next, first.version)).toBe('conflict')
      expect(await store.read()).toEqual(next)
    })

    test('of twenty racing first rings keeps one, whole', async () => {
      const { another } = await place.open()
      const instances = await Promise.all(Array.from({ length: 4 }, another))
      const rings = await Promise.all(
        Array.from(
          { length: 20 },
          async (_, n) => (await rotate({ version: 0, keys: [] }, { alg: 'ES256', now: at(n), settings })).ring,
        ),
      )
      const outcomes = await Promise.all(rings.map((ring, n) => instances[n % 4]?.put(ring, undefined)))
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1)
      expect(await instances[0]?.read()).toEqual(rings[outcomes.indexOf('stored')])
    })

    test('loses none of many racing changes', async () => {
      const { store, another } = await place.open()
      await store.put(first, undefined)
      const instances = [store, await another(), await another()]
      const made = await Promise.all(
        Array.from({ length: 9 }, (_, n) =>
          changeRing(instances[n % 3] ?? store, (ring) => rotate(ring, { alg: 'ES256', now: at(n), settings })),
        ),
      )
      const ring = await store.read()
      const kids = ring?.keys.map(({ kid }) => kid)
      expect(kids).toEqual(expect.arrayContaining(made.map(({ key }) => key.kid)))
      expect(ring?.version).toBe(first.version + 9)
    })

    test('lets keys be sealed anew, again and again, and dropped', async () => {
      const { store } = await place.open()
      await store.put(first, undefined)
      let seen = first
      for (const [from, to] of [
        [secret, otherSecret],
        [otherSecret, secret],
        [secret, otherSecret],
      ] as const) {
        const next = await reseal(seen, { from, to })
        expect(await store.put(next, seen.version)).toBe('stored')
        expect(await store.read()).toEqual(next)
        seen = next
      }
      const fewer = { version: seen.version + 1, keys: seen.keys.slice(1) }
      await store.put(fewer, seen.version)
      expect(await store.read()).toEqual(fewer)
    })

    test('two servers rotate what is due once, and both sign with it', async () => {
      const { store, another } = await place.open()
      const memory = memoryKeyMemory()
      const rings = [await aRing({ store, memory }), await aRing({ store: await another(), memory })]
      const due = at(30 * 24 * 60 * 60)
      const made = (await Promise.all(rings.map((ring) => ring.rotateDue(due)))).flat()
      await Promise.all(rings.map((ring) => ring.refresh()))
      expect(made).toHaveLength(2)
      const signers = rings.map((ring) => ring.signer('ES256', at(31 * 24 * 60 * 60))?.kid)
      expect(new Set(signers).size).toBe(1)
      expect(made).toContain(signers[0])
    })
  })
}
