import { calculateJwkThumbprint } from 'jose'
import { describe, expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { changeRing } from '#core/keys/change-ring.ts'
import { publicMembers, writeJwks } from '#core/keys/jwks.ts'
import { rotate } from '#core/keys/rotate.ts'
import { memoryKeyMemory, memoryKeys } from '#stores/memory/durable-keys.ts'
import { aKey, aRing, at, kidsOf, settings, signerKid, start, stoppedClock } from './rings.ts'

async function aFullRing() {
  const store = memoryKeys()
  for (const alg of ['EdDSA', 'PS256', 'HS256', 'ES256'] as const) {
    await aRing({ store })
    await changeRing(store, (ring) => rotate(ring, { alg, now: start, settings }))
  }
  return aRing({ store })
}

const publicOnly = { RSA: 'alg e kid kty n use', EC: 'alg crv kid kty use x y', OKP: 'alg crv kid kty use x' }

describe('the JWKS', () => {
  test('J03: shows public members only, of signing keys only, each named by its thumbprint', async () => {
    const ring = await aFullRing()
    const { keys, ...rest } = JSON.parse(ring.jwks(start).body.toString())
    expect(rest).toEqual({})
    expect(keys).toHaveLength(5)
    for (const key of keys) {
      expect(Object.keys(key).sort().join(' ')).toBe(publicOnly[key.kty as keyof typeof publicOnly])
      expect(key.kid).toBe(await calculateJwkThumbprint(key))
      expect(key.use).toBe('sig')
    }
    const algs = keys.map(({ alg }: { alg: string }) => alg).sort()
    expect(algs).toEqual(['ES256', 'ES256', 'EdDSA', 'PS256', 'RS256'])
    const { kid } = ring.macKey(start)
    expect(ring.jwks(start).body.toString()).not.toContain(kid)
  })

  test('J03: leaves out private members also where a store would hold them', () => {
    const jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'private', k: 'private' }
    expect(publicMembers(jwk)).toEqual({ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' })
    expect(publicMembers({ kty: 'oct', k: 'private' })).toEqual({ kty: 'oct' })
    const { body } = writeJwks([aKey('a-kid', 0, { publicJwk: jwk })], 900)
    expect(body.toString()).toBe(
      '{"keys":[{"kty":"EC","crv":"P-256","x":"x","y":"y","kid":"a-kid","use":"sig","alg":"ES256"}]}',
    )
  })

  test('is the same bytes under the same tag until a key joins or leaves', async () => {
    const store = memoryKeys()
    const ring = await aRing({ store })
    const first = ring.jwks(start)
    expect(first.etag).toMatch(/^"[\w-]{43}"$/)
    expect(first.maxAge).toBe(900)
    expect(ring.jwks(at(1e6)).body).toBe(first.body)
    await changeRing(store, (stored) => rotate(stored, { alg: 'ES256', now: start, settings }))
    await ring.refresh()
    const joined = ring.jwks(start)
    expect(joined.etag).not.toBe(first.etag)
    const left = 915 + 615
    expect(ring.jwks(at(left - 1)).body).toBe(joined.body)
    expect(ring.jwks(at(left)).etag).not.toBe(joined.etag)
    expect(ring.jwks(at(left + 1e6)).body).toBe(ring.jwks(at(left)).body)
    expect(ring.jwks(at(left - 1)).etag).toBe(joined.etag)
  })
})

test('a server that cannot ask its store lets nobody keep a JWKS beyond the date from which an unseen key may sign', async () => {
  const { jwksMaxAge, pollEvery, skew } = settings
  const keys = memoryKeys()
  const clock = stoppedClock()
  const memory = memoryKeyMemory()
  let isAway = false
  const store = {
    ...keys,
    version: async () => (isAway ? Promise.reject(new Error('the store is away')) : keys.version()),
  }
  const [stale, other] = [await aRing({ store, memory, clock }), await aRing({ store: keys, memory, clock })]
  isAway = true
  clock.move(1)
  await changeRing(keys, (ring) => rotate(ring, { alg: 'ES256', now: clock.now(), settings }))
  await other.refresh()
  for (let second = 0; second <= jwksMaxAge * 2; second += 30) {
    await expect(stale.refresh()).rejects.toThrow('away')
    const { maxAge } = stale.jwks(clock.now())
    expect(maxAge).toBeGreaterThanOrEqual(0)
    const last = later(clock.now(), Math.max(0, maxAge - 1))
    if (maxAge > 0) expect(kidsOf(stale, clock.now())).toContain(signerKid(other, 'ES256', last))
    clock.move(30)
  }
  expect(stale.jwks(clock.now()).maxAge).toBe(0)
  isAway = false
  await stale.refresh()
  expect(stale.jwks(clock.now()).maxAge).toBe(jwksMaxAge)
  expect(stale.jwks(later(clock.now(), pollEvery + skew)).maxAge).toBe(jwksMaxAge)
})
