import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { rotateKey } from './support/rotate-key.ts'
import {
  authorizeUrl,
  clientToken,
  getCode,
  introspect,
  personOf,
  pkce,
  redeem,
  refresh,
  signIn,
  tokensOf,
  userInfo,
} from './support/steps.ts'
import { type Claims, expectAlive, headerOf } from './support/tokens.ts'
import { aWorld, type World } from './support/world.ts'

/** A microservice that believes its copy of the JWKS for as long as it was told it may, and never looks again before. */
function aVerifier(world: World) {
  let copy: { readonly keys: JSONWebKeySet; readonly until: Date } | undefined
  return async (token: string): Promise<void> => {
    const now = world.server.clock.now()
    if (!copy || copy.until <= now) {
      const answer = await world.send('/.well-known/jwks.json')
      const maxAge = Number(/max-age=(\d+)/.exec(answer.headers.get('cache-control') ?? '')?.[1])
      expect(maxAge).toBeGreaterThan(0)
      copy = { keys: JSON.parse(answer.text), until: new Date(now.getTime() + maxAge * 1000) }
    }
    await jwtVerify(token, createLocalJWKSet(copy.keys), { issuer: world.issuer, currentDate: now })
  }
}

const kidsOf = async (world: World) =>
  ((await world.send('/.well-known/jwks.json')).json.keys as readonly Claims[]).map(({ kid }) => String(kid))

test('J03 what is published has public members only, and no MAC key at all', async () => {
  const world = await aWorld({ stores: 'real' })
  await rotateKey(world, 'EdDSA')
  await rotateKey(world, 'PS256')
  await rotateKey(world, 'HS256')
  const keys = (await world.send('/.well-known/jwks.json')).json.keys as readonly Claims[]
  expect(keys.map(({ kty }) => kty).toSorted()).toEqual(['EC', 'OKP', 'RSA', 'RSA'])
  const allowed = ['alg', 'crv', 'e', 'kid', 'kty', 'n', 'use', 'x', 'y']
  for (const key of keys) {
    expect(Object.keys(key).filter((member) => !allowed.includes(member))).toEqual([])
    expect(key).toMatchObject({ use: 'sig', kid: expect.stringMatching(/^[\w-]{43}$/) })
  }
  world.check()
  await world.close()
})

test('J04 rotation upon rotation: no verifier that caches the JWKS ever fails, and no sign-in', {
  timeout: 120_000,
}, async () => {
  const flags = { 'keys.rotateEvery': '2h', 'keys.jwksMaxAge': '15m', 'tokens.accessLifetime': '10m' }
  const world = await aWorld({ flags })
  const { clock, ring } = world.server
  const verifiers = Array.from({ length: 4 }, () => aVerifier(world))
  let tokens = await signIn(world, { changes: { scope: 'openid offline_access', prompt: 'consent' } })
  const seen = new Set<string>()
  const issued: { readonly token: string; readonly until: number }[] = []
  for (let minute = 0; minute < 12 * 60; minute += 4) {
    clock.move(4 * 60)
    await ring.rotateDue(clock.now())
    const now = clock.now().getTime()
    const answer = await refresh(world, world.c1, tokens.refresh)
    expect(answer.status, `after ${minute} minutes: ${answer.text}`).toBe(200)
    const fresh = tokensOf(answer)
    tokens = { ...tokens, ...fresh }
    issued.push(...[fresh.access, fresh.id].map((token) => ({ token, until: now + 600_000 })))
    for (const token of [fresh.access, fresh.id]) seen.add(String(headerOf(token).kid))
    // Each verifier fetched its copy at another time.
    const verifier = verifiers[(minute / 4) % verifiers.length]
    for (const { token } of issued.filter(({ until }) => now < until)) await verifier?.(token)
    expect((await userInfo(world, fresh.access)).status).toBe(200)
    expect((await introspect(world, world.c1, fresh.access)).json.active).toBe(true)
  }
  expect(seen.size).toBeGreaterThanOrEqual(10)
  const published = await kidsOf(world)
  expect(published.length).toBeLessThanOrEqual(6)
  expect([...seen].filter((kid) => !published.includes(kid)).length).toBeGreaterThan(3)
  world.check()
  await world.close()
})

test('J04 a new key is in the JWKS for as long as anybody may cache it before it signs', async () => {
  const world = await aWorld()
  const { clock } = world.server
  const scope = world.rs1.scope
  const kidNow = async () => headerOf(tokensOf(await clientToken(world, world.c1, { scope })).access).kid
  const old = await kidNow()
  const before = await kidsOf(world)
  await rotateKey(world, 'ES256')
  const [added = '', ...more] = (await kidsOf(world)).filter((kid) => !before.includes(kid))
  expect(more).toEqual([])
  for (let waited = 0; waited < 15 * 60; waited += 60) {
    expect(await kidNow(), `after ${waited} seconds`).toBe(old)
    clock.move(60)
  }
  clock.move(180)
  expect(await kidNow()).toBe(added)
  expect(await kidsOf(world)).toContain(old)
  clock.move(3 * 3600)
  expect(await kidsOf(world)).not.toContain(old)
  world.check()
  await world.close()
})

test('J05 keys that rotate amid a sign-in do not disturb it, nor what was signed in before', async () => {
  for (const atOnce of [false, true]) {
    const world = await aWorld()
    const { clock } = world.server
    const before = await signIn(world, { changes: { scope: 'openid offline_access', prompt: 'consent' } })
    const person = personOf(world, world.u1)
    const { verifier, challenge } = pkce()
    const page = await person.browser.open(authorizeUrl(world, world.c2, { code_challenge: challenge }))
    for (const alg of ['HS256', 'ES256', 'RS256'] as const) await rotateKey(world, alg, atOnce)
    clock.move(atOnce ? 1 : 20 * 60)
    const consent = await person.signIn(page)
    for (const alg of ['HS256', 'ES256', 'RS256'] as const) await rotateKey(world, alg, true)
    const answer = await person.consent(consent)
    const code = answer.url.searchParams.get('code') ?? ''
    for (const alg of ['HS256', 'ES256', 'RS256'] as const) await rotateKey(world, alg, true)
    const granted = {
      client: world.c2,
      code,
      verifier,
      nonce: '',
      redirectUri: world.c2.redirectUri,
      person,
      answer: answer.url,
    }
    const tokens = tokensOf(await redeem(world, granted))
    expect(tokens.refresh).not.toBe('')
    await expectAlive(world, { ...granted, ...tokens, answer: before.answer })
    const next = tokensOf(await refresh(world, world.c1, before.refresh))
    expect(next.refresh.split('.')[0]).toBe(before.refresh.split('.')[0])
    expect((await refresh(world, world.c1, next.refresh)).status).toBe(200)
    const silent = await person.authorize(authorizeUrl(world, world.c2, { prompt: 'none', id_token_hint: tokens.id }))
    expect(silent.searchParams.has('code')).toBe(true)
    world.check()
    await world.close()
  }
})

test('J05 a family keeps its MAC key from birth to death, however often the key changes', async () => {
  const world = await aWorld()
  let { refresh: live } = await signIn(world, { changes: { scope: 'openid offline_access', prompt: 'consent' } })
  const [kid] = live.split('.')
  const others = new Set<string | undefined>()
  for (let times = 0; times < 5; times++) {
    await rotateKey(world, 'HS256', true)
    world.server.clock.move(13 * 86_400)
    live = tokensOf(await refresh(world, world.c1, live)).refresh
    expect(live.split('.')[0]).toBe(kid)
    others.add((await signIn(world)).refresh.split('.')[0])
  }
  expect(others.size).toBe(5)
  expect(others.has(kid)).toBe(false)
  world.check()
  await world.close()
})

test('J05 a token under a MAC key that the ring lacks is refused, and 503 while the ring cannot be read', async () => {
  let isBroken = false
  const world = await aWorld({
    tamper: (stores) => ({
      ...stores,
      keys: {
        read: () => (isBroken ? Promise.reject(new Error('the disk is gone')) : stores.keys.read()),
        version: () => (isBroken ? Promise.reject(new Error('the disk is gone')) : stores.keys.version()),
        put: (ring, version) => stores.keys.put(ring, version),
      },
    }),
  })
  const granted = await getCode(world)
  const { refresh: token } = tokensOf(await redeem(world, granted))
  const foreign = token.replace(/^rt_[^.]+/, 'rt_mac_unknown')
  expect((await refresh(world, world.c1, foreign)).json.error).toBe('invalid_grant')
  isBroken = true
  const answer = await refresh(world, world.c1, foreign)
  expect({ status: answer.status, error: answer.json.error }).toEqual({ status: 503, error: 'temporarily_unavailable' })
  expect(answer.headers.get('retry-after')).toBe('2')
  expect((await refresh(world, world.c1, token)).status).toBe(200)
  world.check([503])
  await world.close()
})
