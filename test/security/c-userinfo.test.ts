import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { clientToken, parameters, refresh, revoke, signIn, tokensOf, userInfo } from './support/steps.ts'
import { claimsOf, forge, headerOf } from './support/tokens.ts'
import { type Answer, aWorld, theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, rs1, issuer, server } = world

/** RFC 6750 §3: the scheme, the realm, the code and words; nothing of the person. */
function expectChallenge(answer: Answer, status: 401 | 403, error: string, because = ''): void {
  expect({ status: answer.status, error: answer.json.error }, because).toEqual({ status, error })
  const words = String(answer.json.error_description)
  const challenge = `Bearer realm="${issuer}", error="${error}", error_description="${words}"`
  expect(answer.headers.get('www-authenticate'), because).toBe(challenge)
  expect(answer.headers.get('cache-control'), because).toBe('no-store')
  expect(answer.text, because).not.toContain(world.u1.sub)
}

test('C25 a token of this provider for this provider, with openid, and nothing else', async () => {
  const tokens = await signIn(world, { changes: { scope: 'openid profile email' } })
  const { json } = await userInfo(world, tokens.access)
  expect(json).toMatchObject({ sub: world.u1.sub, preferred_username: 'u1', email: 'u1@people.test' })
  expect(json).not.toHaveProperty('roles')
})

test('C25 without openid: 403, and the scheme says why', async () => {
  const without = await signIn(world, { changes: { scope: 'profile' } })
  expectChallenge(await userInfo(world, without.access), 403, 'insufficient_scope')
  const narrowed = await signIn(world, { changes: { scope: 'openid profile' } })
  const next = tokensOf(await refresh(world, c1, narrowed.refresh, { scope: 'profile' }))
  expect(next.id).toBe('')
  expectChallenge(await userInfo(world, next.access), 403, 'insufficient_scope')
})

test("C25 another audience's token, with openid or without a person: refused", async () => {
  const atApi = await signIn(world, { changes: { scope: `openid ${rs1.scope}`, resource: rs1.audience } })
  expectChallenge(await userInfo(world, atApi.access), 401, 'invalid_token')
  const own = tokensOf(await clientToken(world, c1, { scope: rs1.scope }))
  expectChallenge(await userInfo(world, own.access), 401, 'invalid_token')
})

test('C25 expired, revoked, of an ended session', async () => {
  const revoked = await signIn(world)
  await revoke(world, c1, revoked.access)
  expectChallenge(await userInfo(world, revoked.access), 401, 'invalid_token')
  const ended = await signIn(world)
  await server.endings.session(String(claimsOf(ended.id).sid), 'signed_out')
  expectChallenge(await userInfo(world, ended.access), 401, 'invalid_token')
  const expired = await signIn(world)
  server.clock.move(599)
  expect((await userInfo(world, expired.access)).status).toBe(200)
  server.clock.move(1)
  expectChallenge(await userInfo(world, expired.access), 401, 'invalid_token')
})

test('C25 of another issuer, though it is the same program with the same names', async () => {
  const other = await aWorld()
  const foreign = await signIn(other)
  expectChallenge(await userInfo(world, foreign.access), 401, 'invalid_token')
  await other.close()
})

test('C25 signed by a stranger with the same kid, or altered', async () => {
  const { access } = await signIn(world)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kid } = headerOf(access)
  const stranger = await new SignJWT({ ...claimsOf(access) })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: String(kid) })
    .sign(privateKey)
  for (const token of [
    stranger,
    forge(access, { claims: { sub: world.u2.sub } }),
    forge(access, { claims: { scope: 'openid email roles' } }),
    forge(access, { claims: { exp: 9_999_999_999 } }),
    forge(access, { claims: { aud: [issuer, rs1.audience] } }),
  ]) {
    expectChallenge(await userInfo(world, token), 401, 'invalid_token')
  }
})

test('C25 no token is told the scheme alone; one in the URL is none', async () => {
  const { access } = await signIn(world)
  for (const answer of [
    await world.send('/userinfo'),
    await world.send('/userinfo', { method: 'POST' }),
    await world.send(`/userinfo?access_token=${access}`),
    await world.send(`/userinfo?access_token=${access}`, { method: 'POST', body: parameters({}) }),
  ]) {
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe(`Bearer realm="${issuer}"`)
    expect(answer.text).toBe('')
  }
})

test('C25 a token comes once and by the right scheme', async () => {
  const { access } = await signIn(world)
  const ask = (headers: Record<string, string>, fields = {}) =>
    world.send('/userinfo', { method: 'POST', headers, body: parameters(fields) })
  expect((await ask({}, { access_token: access })).status).toBe(200)
  expect((await ask({ authorization: `bearer ${access}` })).status).toBe(200)
  const twice = await ask({ authorization: `Bearer ${access}` }, { access_token: access })
  expect({ status: twice.status, error: twice.json.error }).toEqual({ status: 400, error: 'invalid_request' })
  expect((await ask({}, { access_token: [access, access] })).status).toBe(400)
  for (const authorization of [
    'Bearer',
    `Bearer ${access},Bearer ${access}`,
    `Bearer ${access} ${access}`,
    `Token ${access}`,
    `DPoP ${access}`,
    `Basic ${btoa(`${c1.id}:${c1.secret}`)}`,
    access,
  ]) {
    expectChallenge(await ask({ authorization }), 401, 'invalid_token', authorization.slice(0, 12))
  }
})

test('C25 HEAD, PUT, DELETE and JSON are not read', async () => {
  const { access } = await signIn(world)
  const headers = { authorization: `Bearer ${access}` }
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    expect((await world.send('/userinfo', { method, headers })).status, method).toBe(405)
  }
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const answer = await world.send('/userinfo', { ...json, body: JSON.stringify({ access_token: access }) })
  expect(answer.status).toBe(415)
})
