import { describe, expect, test } from 'vitest'
import type { RingChange } from '#core/keys/ring-keeper.ts'
import { memoryKeyMemory, memoryKeys } from '#stores/memory/durable-keys.ts'
import { aRing, otherSecret, settings, start } from './rings.ts'

describe('the first start', () => {
  test('makes ES256, RS256 and a MAC key, and remembers them', async () => {
    const memory = memoryKeyMemory()
    const ring = await aRing({ memory })
    expect(ring.algs()).toEqual(['ES256', 'RS256'])
    expect(ring.list(start).map(({ alg, state }) => `${alg} ${state}`)).toEqual([
      'ES256 active',
      'RS256 active',
      'HS256 active',
    ])
    expect(new Set(await memory.list())).toEqual(new Set(ring.list(start).map(({ kid }) => kid)))
  })

  test('of twenty at once makes one ring, which all of them use', async () => {
    const shared = { store: memoryKeys(), memory: memoryKeyMemory() }
    const rings = await Promise.all(Array.from({ length: 20 }, () => aRing(shared)))
    const lists = new Set(rings.map((ring) => JSON.stringify(ring.list(start))))
    expect(lists.size).toBe(1)
    expect(await shared.memory.list()).toHaveLength(3)
  })

  test('an algorithm that is set later gets its first key, once, and signs at once', async () => {
    const shared = { store: memoryKeys(), memory: memoryKeyMemory() }
    const before = (await aRing(shared)).list(start)
    const more = { ...settings, algs: ['ES256', 'RS256', 'EdDSA'] as const }
    const made: string[] = []
    const onChange = (change: RingChange) => void made.push(...change.made)
    const rings = await Promise.all([1, 2, 3].map(() => aRing({ ...shared, settings: more, onChange })))
    const [ring] = rings
    expect(ring?.algs()).toEqual(['ES256', 'RS256', 'EdDSA'])
    expect(made).toEqual([ring?.signer('EdDSA', start)?.kid])
    expect((await shared.store.read())?.keys).toHaveLength(before.length + 1)
    expect((await shared.store.read())?.version).toBe(2)
    expect(await shared.memory.list()).toHaveLength(before.length + 1)
  })

  test('is refused where the database remembers keys, and makes none', async () => {
    const store = memoryKeys()
    const memory = memoryKeyMemory()
    await memory.put(['a-kid', 'another'])
    const lost = aRing({ store, memory })
    await expect(lost).rejects.toMatchObject({ code: 'lost', message: expect.stringContaining('remembers 2 keys') })
    expect(await store.read()).toBeUndefined()
  })

  test('is not refused where a racing start made the ring and remembered it in between', async () => {
    const store = memoryKeys()
    const memory = memoryKeyMemory()
    const late = {
      ...memory,
      async list() {
        await aRing({ store, memory })
        return memory.list()
      },
    }
    const ring = await aRing({ store, memory: late })
    expect((await store.read())?.keys.map(({ kid }) => kid)).toEqual(ring.list(start).map(({ kid }) => kid))
  })

  test('is refused with a weak secret, before a key is made', async () => {
    const store = memoryKeys()
    const weak = aRing({ store, settings: { ...settings, secret: 'password' } })
    await expect(weak).rejects.toMatchObject({ code: 'weak_secret' })
    expect(await store.read()).toBeUndefined()
  })

  test('with a wrong secret is refused, names a key, and changes nothing', async () => {
    const store = memoryKeys()
    const kids = (await aRing({ store })).list(start).map(({ kid }) => kid)
    const before = await store.read()
    const wrong = aRing({ store, settings: { ...settings, secret: otherSecret, longestLifetime: 9999 } })
    await expect(wrong).rejects.toMatchObject({
      code: 'wrong_secret',
      message: expect.stringMatching(new RegExp(kids.join('|'))),
    })
    expect(await store.read()).toBe(before)
  })

  test('with longer token lives lets the keys stay longer', async () => {
    const store = memoryKeys()
    await aRing({ store })
    const ring = await aRing({ store, settings: { ...settings, longestLifetime: 3600 } })
    expect(ring.signer('RS256', start)?.tokenLife).toBe(3600)
  })
})
