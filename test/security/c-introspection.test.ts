import { expect, test } from 'vitest'
import { sealAccessToken } from '#core/tokens/opaque-token.ts'
import { expectJsonError } from './support/answers.ts'
import { clientToken, introspect, parameters, postForm, refresh, signIn, tokensOf } from './support/steps.ts'
import { claimsOf, expectInactive, forge } from './support/tokens.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, c2, p1, rs1, rs2, server, issuer } = world
const changes = { scope: `openid profile roles ${rs1.scope}`, resource: rs1.audience }

test('C18 nobody asks who cannot prove who they are', async () => {
  const { access } = await signIn(world)
  const send = (fields: Record<string, string>, authorization?: string) =>
    world.send('/introspect', {
      method: 'POST',
      headers: authorization ? { authorization } : {},
      body: parameters({ token: access, ...fields }),
    })
  for (const answer of [
    await send({}),
    await send({ client_id: c1.id }),
    await send({ client_id: c1.id, client_secret: '' }),
    await send({ client_id: p1.id }),
    await send({ client_id: p1.id, client_secret: 'anything' }),
    await send({ client_id: 'nobody', client_secret: 'anything' }),
    await send({}, `Basic ${btoa(`${c1.id}:`)}`),
    await send({}, `Basic ${btoa(`${p1.id}:`)}`),
    await send({}, `Basic ${btoa(`${c1.id}:wrong`)}`),
    await send({}, 'Basic'),
    await send({}, 'Basic =='),
    await send({}, `Bearer ${access}`),
    await introspect(world, { ...c1, method: 'client_secret_post' }, access),
    await introspect(world, { ...c2, method: 'client_secret_basic' }, access),
    await introspect(world, { ...rs1.client, secret: `${rs1.client.secret}x` }, access),
    await introspect(world, { ...rs1.client, secret: rs2.client.secret }, access),
  ]) {
    expectJsonError(answer, 401, 'invalid_client')
    expect(answer.headers.get('www-authenticate')).toBe(`Basic realm="${issuer}", charset="UTF-8"`)
    expect(answer.text).not.toContain('active')
  }
})

test('C18 a public client has no business here, not even with its own token', async () => {
  const tokens = await signIn(world, { client: p1 })
  for (const token of [tokens.access, tokens.refresh, tokens.id]) {
    expectJsonError(await introspect(world, p1, token), 401, 'invalid_client')
  }
})

test('C18 a disabled resource server learns nothing', async () => {
  const { access } = await signIn(world, { changes })
  await server.clients.disable(rs1.client.id, 'test')
  expectJsonError(await introspect(world, rs1.client, access), 401, 'invalid_client')
  await server.clients.enable(rs1.client.id, 'test')
  expect((await introspect(world, rs1.client, access)).json.active).toBe(true)
})

test("C19 somebody else's token is inactive, with nothing more, whatever is asked for", async () => {
  const atRs1 = await signIn(world, { changes })
  const atIssuer = await signIn(world, { changes: { scope: 'openid' } })
  const own = tokensOf(await clientToken(world, c1, { scope: rs1.scope })).access
  for (const [caller, token] of [
    [rs2.client, atRs1.access],
    [rs2.client, own],
    [rs1.client, atIssuer.access],
    [rs2.client, atIssuer.access],
    [c2, atRs1.access],
    [c2, atIssuer.access],
    [c2, own],
    [rs1.client, atRs1.refresh],
    [rs1.client, atRs1.id],
    [c1, atRs1.id],
    [c2, atRs1.refresh],
  ] as const) {
    expectInactive(await introspect(world, caller, token), caller.id)
    expectInactive(await introspect(world, caller, token, { token_type_hint: 'refresh_token' }), caller.id)
    const accept = { headers: { accept: 'application/token-introspection+jwt' } }
    const headers = { ...accept.headers, ...authorizationOf(caller) }
    const body = parameters({ token, ...(caller === c2 ? { client_id: c2.id, client_secret: c2.secret } : {}) })
    expectInactive(await world.send('/introspect', { method: 'POST', headers, body }), `${caller.id}, as a JWT`)
  }
})

function authorizationOf({ id, secret, method }: typeof c1): Record<string, string> {
  return method === 'client_secret_basic' ? { authorization: `Basic ${btoa(`${id}:${secret}`)}` } : {}
}

test('C19 the resource server of the audience learns what the token says, and no secret of the person', async () => {
  const { access } = await signIn(world, { changes })
  const { json } = await introspect(world, rs1.client, access)
  const claims = claimsOf(access)
  expect(json).toEqual({
    active: true,
    iss: issuer,
    sub: world.u1.sub,
    aud: rs1.audience,
    client_id: c1.id,
    username: world.u1.username,
    scope: `roles ${rs1.scope}`,
    token_type: 'Bearer',
    iat: claims.iat,
    exp: claims.exp,
    jti: claims.jti,
    sid: claims.sid,
    acr: 'aal1',
    auth_time: claims.auth_time,
    roles: [`role-of-${world.u1.username}`],
  })
})

test('C19 an answer about a refresh token is for its client, and asking moves nothing', async () => {
  const tokens = await signIn(world, { changes: { scope: 'openid profile' } })
  const { json } = await introspect(world, c1, tokens.refresh)
  expect(json).toEqual({
    active: true,
    iss: issuer,
    sub: world.u1.sub,
    client_id: c1.id,
    username: world.u1.username,
    scope: 'openid profile',
    exp: expect.any(Number),
    iat: expect.any(Number),
  })
  const next = tokensOf(await refresh(world, c1, tokens.refresh)).refresh
  expect(next.split('.')[2]).toBe('2')
  expectInactive(await introspect(world, c1, tokens.refresh))
  expect((await introspect(world, c1, next)).json.active).toBe(true)
})

test('C19 a claim of the person cannot make a token active, or change what the provider says of it', async () => {
  const user = await server.stores.users.find(world.u1.sub)
  if (!user) throw new Error('nobody there')
  const hostile = { active: false, scope: 'everything', client_id: 'admin', sub: 'admin', username: 'root', exp: 9e9 }
  await server.stores.users.put({ ...user, claims: { ...user.claims, ...hostile } })
  const { access } = await signIn(world, { changes })
  expect((await introspect(world, rs1.client, access)).json).toMatchObject({
    active: true,
    sub: world.u1.sub,
    client_id: c1.id,
    username: world.u1.username,
    scope: `roles ${rs1.scope}`,
    exp: claimsOf(access).exp,
  })
})

test('C19 not even a claim that found its way into a token', async () => {
  const { access } = await signIn(world, { changes })
  const { aud, exp, iat, jti } = claimsOf(access)
  const dates = { issuedAt: new Date(Number(iat) * 1000), expiresAt: new Date(Number(exp) * 1000) }
  const hostile = {
    active: false,
    sub: 'admin',
    aud: 'x',
    iss: 'x',
    client_id: 'x',
    scope: 'x',
    exp: 1,
    token_type: 'x',
  }
  const bare = { authTime: undefined, acr: undefined, amr: [], sid: undefined, familyId: undefined }
  const versions = { user: 0, client: 0, everything: 0 }
  const scopes = new Set([rs1.scope])
  const token = { jti: String(jti), sub: world.u1.sub, clientId: c1.id, audience: String(aud), scopes, versions }
  const key = server.ring.macKey(server.clock.now())
  const twisted = sealAccessToken(key, issuer, { ...token, ...dates, ...bare, claims: hostile })
  expect((await introspect(world, rs1.client, twisted)).json).toMatchObject({
    active: true,
    iss: issuer,
    sub: world.u1.sub,
    aud,
    client_id: c1.id,
    scope: rs1.scope,
    exp,
    token_type: 'Bearer',
  })
})

test('C19 what is forged, altered or unreadable is inactive', async () => {
  const { access } = await signIn(world, { changes })
  const [header, claims, signature = ''] = access.split('.')
  for (const token of [
    forge(access, { claims: { aud: rs2.audience } }),
    forge(access, { claims: { exp: 9_999_999_999 } }),
    forge(access, { header: { typ: 'JWT' } }),
    `${header}.${claims}.`,
    `${header}.${claims}`,
    `${header}.${claims}.${signature}.${signature}`,
    `${header}.${claims}.${signature.slice(2)}`,
    ` ${access}`,
    `${access}=`,
    `${access}\n`,
    'null',
    '{}',
    '....',
    'eyJ9.eyJ9.eyJ9',
    'x'.repeat(50_000),
    '.'.repeat(5000),
  ]) {
    for (const caller of [c1, rs1.client]) expectInactive(await introspect(world, caller, token), token.slice(0, 30))
  }
  expect((await introspect(world, rs1.client, access)).json.active).toBe(true)
})

test('C19 a question without a token, or with two, is refused', async () => {
  expectJsonError(await postForm(world, '/introspect', {}, c1), 400, 'invalid_request')
  expectJsonError(await postForm(world, '/introspect', { token: '' }, c1), 400, 'invalid_request')
  expectJsonError(await postForm(world, '/introspect', { token: ['a', 'b'] }, c1), 400, 'invalid_request')
  expect((await world.send('/introspect?token=a')).status).toBe(405)
})
