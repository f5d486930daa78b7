import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import type { KeyRing } from '#core/keys/key-ring.ts'
import type { SigningAlg } from '#core/keys/stored-ring.ts'
import { memoryKeys } from '#stores/memory/durable-keys.ts'
import { aRing, at, hour, minute, settings } from './rings.ts'

const hasty = { ...settings, rotateEvery: 20 * minute, pollEvery: minute, sessionAbsolute: hour }

/** Someone else's service: it fetches the JWKS from one server and keeps it for `max-age`. */
function aVerifier(ring: KeyRing) {
  let fetchedAt = Number.NEGATIVE_INFINITY
  let keys: ReturnType<typeof createLocalJWKSet>
  return async (token: string, when: number): Promise<void> => {
    const { body, maxAge } = ring.jwks(at(when))
    if (when - fetchedAt >= maxAge) {
      keys = createLocalJWKSet(JSON.parse(body.toString()))
      fetchedAt = when
    }
    await jwtVerify(token, keys, { currentDate: at(when) })
  }
}

async function signed(ring: KeyRing, alg: SigningAlg, when: number): Promise<string> {
  const key = ring.signer(alg, at(when))
  if (!key) throw new Error(`nothing signs with ${alg}`)
  return new SignJWT({})
    .setProtectedHeader({ alg, kid: key.kid })
    .setExpirationTime(at(when + key.tokenLife))
    .sign(key.privateKey)
}

test('J04: keys rotate for hours on two servers, and no verifier ever misses one', { timeout: 60_000 }, async () => {
  const store = memoryKeys()
  const [one, two] = [await aRing({ store, settings: hasty }), await aRing({ store, settings: hasty })]
  const verifiers = [aVerifier(one), aVerifier(two)]
  const alive: { token: string; until: number }[] = []
  const seen = new Set<string | undefined>()
  for (let when = 0; when < 8 * hour; when += 30) {
    // They look in turn, each once a minute, so that one is always behind the other.
    await (when % minute === 0 ? one : two).rotateDue(at(when))
    for (const ring of [one, two]) {
      seen.add(ring.signer('ES256', at(when))?.kid)
      alive.push({ token: await signed(ring, 'ES256', when), until: when + hasty.longestLifetime })
    }
    while ((alive[0]?.until ?? when) <= when) alive.shift()
    const oldAndNew = [...alive.slice(0, 2), ...alive.slice(-2)]
    for (const { token } of oldAndNew) for (const verify of verifiers) await verify(token, when)
  }
  expect(seen.size).toBeGreaterThan(20)
  expect(one.list(at(8 * hour)).length).toBeLessThan(20)
})
