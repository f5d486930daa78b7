import { calculateJwkThumbprint } from 'jose'
import { describe, expect, test } from 'vitest'
import { changeRing } from '#core/keys/change-ring.ts'
import { publicMembers, writeJwks } from '#core/keys/jwks.ts'
import { rotate } from '#core/keys/rotate.ts'
import { memoryKeys } from '#stores/memory/durable-keys.ts'
import { aKey, aRing, at, settings, start } from './rings.ts'

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
    expect(ring.jwks(at(1e6))).toBe(first)
    await changeRing(store, (stored) => rotate(stored, { alg: 'ES256', now: start, settings }))
    await ring.refresh()
    const joined = ring.jwks(start)
    expect(joined.etag).not.toBe(first.etag)
    const left = 915 + 615
    expect(ring.jwks(at(left - 1))).toBe(joined)
    expect(ring.jwks(at(left)).etag).not.toBe(joined.etag)
    expect(ring.jwks(at(left + 1e6))).toBe(ring.jwks(at(left)))
    expect(ring.jwks(at(left - 1)).etag).toBe(joined.etag)
  })
})
