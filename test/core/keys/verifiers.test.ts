import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import type { KeyRing } from '#core/keys/key-ring.ts'
import type { SigningAlg } from '#core/keys/stored-ring.ts'
import { memoryKeys } from '#stores/memory/durable-keys.ts'
import { aRing, at, hour, minute, settings, stoppedClock } from './rings.ts'

const hasty = { ...settings, rotateEvery: 20 * minute, pollEvery: minute, sessionAbsolute: hour }

/** Someone else's service: it fetches the JWKS from one server, and again whenever its copy is `max-age` old. */
function aVerifier(ring: KeyRing, phase: number) {
  let fetched = -1
  let keys: ReturnType<typeof createLocalJWKSet>
  return async (token: string, when: number): Promise<void> => {
    const { body, maxAge } = ring.jwks(at(when))
    const turn = Math.floor((when + phase) / maxAge)
    if (turn > fetched) keys = createLocalJWKSet(JSON.parse(body.toString()))
    fetched = turn
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
  const clock = stoppedClock()
  const [one, two] = [await aRing({ store, settings: hasty, clock }), await aRing({ store, settings: hasty, clock })]
  const phases = Array.from({ length: 8 }, (_, n) => n * 120)
  const verifiers = [one, two].flatMap((ring) => phases.map((phase) => aVerifier(ring, phase)))
  const alive: { token: string; until: number }[] = []
  const seen = new Set<string | undefined>()
  for (let when = 0; when < 4 * hour; when += 30, clock.move(30)) {
    // They look in turn, each once a minute, so that one is always behind the other.
    await (when % minute === 0 ? one : two).rotateDue(at(when))
    for (const ring of [one, two]) {
      seen.add(ring.signer('ES256', at(when))?.kid)
      alive.push({ token: await signed(ring, 'ES256', when), until: when + hasty.longestLifetime })
    }
    while ((alive[0]?.until ?? when) <= when) alive.shift()
    const oldAndNew = [...alive.slice(0, 1), ...alive.slice(-2)]
    for (const verify of verifiers) for (const { token } of oldAndNew) await verify(token, when)
  }
  expect(seen.size).toBeGreaterThan(10)
  expect(one.list(at(4 * hour)).length).toBeLessThan(20)
})
