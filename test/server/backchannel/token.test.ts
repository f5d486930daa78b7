import { createHash } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { expectJsonError } from '#test/security/support/answers.ts'
import {
  clientToken,
  getCode,
  postForm,
  redeem,
  refresh,
  signIn,
  tokensOf,
  userInfo,
} from '#test/security/support/steps.ts'
import { claimsOf, headerOf } from '#test/security/support/tokens.ts'
import { theWorld } from '#test/security/support/world.ts'

const world = await theWorld()
const { c1, c2, p1, rs1, rs2, u1, server, issuer } = world
const jwks = createRemoteJWKSet(new URL('/.well-known/jwks.json', issuer))

test('a code is answered with everything RFC 6749 §5.1 and OpenID Connect Core §3.1.3.3 ask for', async () => {
  const granted = await getCode(world, { changes: { scope: 'openid profile' } })
  const answer = await redeem(world, granted)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('pragma')).toBe('no-cache')
  expect(answer.headers.getSetCookie()).toEqual([])
  expect(answer.json).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 600,
    scope: 'openid profile',
    id_token: expect.any(String),
    refresh_token: expect.stringMatching(/^rt_/),
  })
})

test('the ID token says who signed in, when, how, at which session, for whom and to what end', async () => {
  const granted = await getCode(world)
  const { id, access } = tokensOf(await redeem(world, granted))
  const { payload } = await jwtVerify(id, jwks, { issuer, audience: c1.id, currentDate: server.clock.now() })
  const now = Math.floor(server.clock.now().getTime() / 1000)
  const half = createHash('sha256').update(access).digest().subarray(0, 16).toString('base64url')
  expect(payload).toEqual({
    iss: issuer,
    sub: u1.sub,
    aud: c1.id,
    nonce: granted.nonce,
    auth_time: expect.any(Number),
    sid: expect.stringMatching(/^ses_/),
    acr: 'aal1',
    amr: ['pwd'],
    at_hash: half,
    iat: expect.any(Number),
    exp: Number(payload.iat) + 600,
  })
  for (const time of [payload.iat, payload.auth_time]) expect(Math.abs(Number(time) - now)).toBeLessThan(5)
})

test('a refresh says the same of the sign-in, anew of the token, and has no nonce (Core §12.2)', async () => {
  for (const client of [c1, c2, p1]) {
    const first = await signIn(world, { client })
    server.clock.move(5)
    const next = tokensOf(await refresh(world, client, first.refresh))
    const [before, after] = [claimsOf(first.id), claimsOf(next.id)]
    for (const name of ['iss', 'sub', 'aud', 'auth_time', 'sid', 'acr', 'amr']) {
      expect(after[name], name).toEqual(before[name])
    }
    expect(before).toHaveProperty('nonce')
    expect(after).not.toHaveProperty('nonce')
    expect(Number(after.iat)).toBeGreaterThan(Number(before.iat))
    expect(after.at_hash).not.toBe(before.at_hash)
    expect(claimsOf(next.access).auth_time).toBe(before.auth_time)
  }
})

test('without a nonce in the request there is none in the token', async () => {
  const { id } = await signIn(world, { changes: { nonce: undefined } })
  expect(claimsOf(id)).not.toHaveProperty('nonce')
})

test('a client that takes one algorithm gets that one', async () => {
  for (const idTokenAlg of ['RS256', 'ES256'] as const) {
    for (const accessTokenAlg of ['RS256', 'ES256'] as const) {
      await server.clients.update(c1.id, { idTokenAlg, accessTokenAlg }, 'test')
      const { id, access } = await signIn(world)
      expect([headerOf(id).alg, headerOf(access).alg]).toEqual([idTokenAlg, accessTokenAlg])
      const currentDate = server.clock.now()
      for (const token of [id, access]) await jwtVerify(token, jwks, { issuer, currentDate })
    }
  }
  await server.clients.update(c1.id, { idTokenAlg: 'RS256', accessTokenAlg: undefined }, 'test')
})

test('one audience: the API that the scopes name, the resource, or ourselves', async () => {
  const audienceOf = async (changes: Record<string, string>) => claimsOf((await signIn(world, { changes })).access).aud
  expect(await audienceOf({ scope: 'openid profile' })).toBe(issuer)
  expect(await audienceOf({ scope: `openid ${rs1.scope}` })).toBe(rs1.audience)
  expect(await audienceOf({ scope: `openid ${rs1.scope} ${rs2.scope}`, resource: rs2.audience })).toBe(rs2.audience)
  expect(await audienceOf({ scope: `openid ${rs1.scope}`, resource: issuer })).toBe(issuer)
})

test('an answer is for the scopes of its audience, and the other audience is one refresh away', async () => {
  const changes = { scope: `openid profile ${rs1.scope} ${rs2.scope}` }
  const granted = await getCode(world, { changes })
  expectJsonError(await redeem(world, granted), 400, 'invalid_target')
  const first = tokensOf(await redeem(world, granted, { changes: { resource: rs1.audience } }))
  expect(claimsOf(first.access)).toMatchObject({ aud: rs1.audience, scope: rs1.scope })
  const second = tokensOf(await refresh(world, c1, first.refresh, { resource: rs2.audience }))
  expect(claimsOf(second.access)).toMatchObject({ aud: rs2.audience, scope: rs2.scope })
  const third = tokensOf(await refresh(world, c1, second.refresh, { resource: issuer }))
  expect((await userInfo(world, third.access)).json).toMatchObject({ sub: u1.sub, name: 'Name of u1' })
})

test("an API's format, algorithm and lifetime hold for its tokens, and a client's own go before them", async () => {
  const audience = 'https://opaque.test'
  const wish = { audience, scopes: new Map([['opaque:read', 'Read']]), lifetime: 90 }
  await server.apis.create({ ...wish, tokenFormat: 'opaque' }, 'test')
  const scopes = [...((await server.stores.clients.find(c1.id))?.scopes ?? []), 'opaque:read']
  await server.clients.update(c1.id, { scopes }, 'test')
  const tokens = await signIn(world, { changes: { scope: 'openid opaque:read' } })
  expect(tokens.access).toMatch(/^at_/)
  expect(tokens.answer.json.expires_in).toBe(90)
  await server.clients.update(c1.id, { accessTokenFormat: 'jwt' }, 'test')
  const jwt = await signIn(world, { changes: { scope: 'openid opaque:read' } })
  expect(Number(claimsOf(jwt.access).exp) - Number(claimsOf(jwt.access).iat)).toBe(90)
  await server.clients.update(c1.id, { accessTokenFormat: undefined }, 'test')
})

test('a client acts for itself: no person, no refresh token, no scope about people', async () => {
  const answer = await clientToken(world, c1, { scope: rs1.scope })
  expect(Object.keys(answer.json).toSorted()).toEqual(['access_token', 'expires_in', 'scope', 'token_type'])
  expect(claimsOf(tokensOf(answer).access)).toMatchObject({ sub: c1.id, client_id: c1.id, aud: rs1.audience })
  for (const scope of ['openid', 'profile', `openid ${rs1.scope}`, 'offline_access', 'unknown:read']) {
    expectJsonError(await clientToken(world, c1, { scope }), 400, 'invalid_scope', scope)
  }
  expectJsonError(await clientToken(world, c1), 400, 'invalid_target')
  expect((await clientToken(world, c1, { resource: rs2.audience })).json.scope).toBe(rs2.scope)
})

test('a claim that a person’s record holds never passes for one of the protocol', async () => {
  const user = await server.stores.users.find(u1.sub)
  if (!user) throw new Error('nobody there')
  const hostile = Object.fromEntries(
    [
      'iss',
      'sub',
      'aud',
      'exp',
      'iat',
      'nbf',
      'jti',
      'nonce',
      'auth_time',
      'sid',
      'acr',
      'amr',
      'azp',
      'at_hash',
      'cnf',
    ]
      .concat(['client_id', 'scope', 'act', 'fid', 'ver', 'uic', 'typ'])
      .map((name) => [name, 'hostile']),
  )
  await server.stores.users.put({ ...user, claims: { ...user.claims, ...hostile, department: 'maths' } })
  const names = [...Object.keys(hostile), 'department']
  const wished = Object.fromEntries(names.map((name) => [name, null]))
  const claims = JSON.stringify({ id_token: wished, userinfo: wished })
  const tokens = await signIn(world, { changes: { claims, scope: 'openid profile' } })
  for (const token of [tokens.id, tokens.access]) expect(JSON.stringify(claimsOf(token))).not.toContain('hostile')
  const info = await userInfo(world, tokens.access)
  expect(info.status).toBe(200)
  expect(info.text).not.toContain('hostile')
  expect(info.json.sub).toBe(u1.sub)
})

test('what is missing, unknown or twice is refused by name', async () => {
  expectJsonError(await postForm(world, '/token', {}, c1), 400, 'invalid_request')
  expectJsonError(await postForm(world, '/token', { grant_type: '' }, c1), 400, 'invalid_request')
  for (const grant_type of ['password', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code', '__proto__', 'x']) {
    expectJsonError(await postForm(world, '/token', { grant_type }, c1), 400, 'unsupported_grant_type', grant_type)
  }
  expectJsonError(await postForm(world, '/token', { grant_type: ['refresh_token', 'a'] }, c1), 400, 'invalid_request')
  for (const grant_type of ['refresh_token', 'authorization_code']) {
    expectJsonError(await postForm(world, '/token', { grant_type }, c1), 400, 'invalid_request', grant_type)
  }
  const { client } = await server.clients.create(
    {
      name: 'Narrow',
      redirectUris: ['https://n.test/cb'],
      grantTypes: ['authorization_code'],
      authenticationMethod: 'none',
    },
    'test',
  )
  const narrow = { ...p1, id: client.id }
  expectJsonError(await refresh(world, narrow, 'rt_x'), 400, 'unauthorized_client')
})

test('only a form by POST is read', async () => {
  const body = JSON.stringify({ grant_type: 'client_credentials' })
  for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/xml']) {
    const answer = await world.send('/token', { method: 'POST', headers: { 'content-type': type }, body })
    expect(answer.status, type).toBe(415)
  }
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const answer = await world.send('/token?grant_type=client_credentials', { method })
    expect(answer.status, method).toBe(405)
    expect(answer.headers.get('allow'), method).toContain('POST')
  }
})
