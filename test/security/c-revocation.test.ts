import { expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import {
  authorizeUrl,
  clientToken,
  getCode,
  introspect,
  postForm,
  redeem,
  refresh,
  revoke,
  signIn,
  type Tokens,
  tokensOf,
  userInfo,
} from './support/steps.ts'
import { postTampered } from './support/tampered-form.ts'
import { asTokens, claimsOf, expectAlive, expectDead, expectInactive, forge } from './support/tokens.ts'
import { type Answer, theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, c2, p1, rs1, server } = world

/** RFC 7009 §2.2: 200, and a body that means nothing. */
function expectDone(answer: Answer, because = ''): void {
  expect({ status: answer.status, text: answer.text }, because).toEqual({ status: 200, text: '' })
  expect(answer.headers.get('cache-control'), because).toBe('no-store')
}

test('C17 what is unknown, dead already or none of ours is done with: 200', async () => {
  const tokens = await signIn(world)
  const expired = forge(tokens.access, { claims: { exp: 1 } })
  const foreign = forge(tokens.access, { header: { kid: 'another' } })
  for (const token of ['unknown', 'rt_', 'at_unknown', 'a.b.c', expired, foreign, tokens.id, '💥', 'x'.repeat(9000)]) {
    for (const client of [c1, c2, p1]) expectDone(await revoke(world, client, token), token.slice(0, 20))
  }
  await expectAlive(world, tokens)
  expectDone(await revoke(world, c1, tokens.refresh))
  expectDone(await revoke(world, c1, tokens.refresh))
})

test('C17 the hint changes nothing, right, wrong or unknown', async () => {
  for (const token_type_hint of ['refresh_token', 'access_token', 'id_token', 'nonsense', '']) {
    const first = await signIn(world)
    expectDone(await revoke(world, c1, first.refresh, { token_type_hint }), token_type_hint)
    await expectDead(world, first, token_type_hint)
    const second = await signIn(world)
    expectDone(await revoke(world, c1, second.access, { token_type_hint }), token_type_hint)
    expect((await userInfo(world, second.access)).status, token_type_hint).toBe(401)
  }
})

test('C17 a refresh token of any generation takes the whole family and its access tokens along', async () => {
  for (const client of [c1, c2, p1]) {
    const first = await signIn(world, { client })
    const second = asTokens(client, first, await refresh(world, client, first.refresh))
    const third = asTokens(client, first, await refresh(world, client, second.refresh))
    const other = await signIn(world, { client })
    expectDone(await revoke(world, client, first.refresh))
    for (const tokens of [first, second, third]) await expectDead(world, tokens)
    await expectAlive(world, other)
  }
})

test('C17 an access token ends alone', async () => {
  for (const client of [c1, c2, p1]) {
    const tokens = await signIn(world, { client })
    const sibling = asTokens(client, tokens, await refresh(world, client, tokens.refresh))
    expectDone(await revoke(world, client, tokens.access))
    expect((await userInfo(world, tokens.access)).status).toBe(401)
    await expectAlive(world, sibling)
  }
})

test('C17 an opaque access token ends as well as a JWT, at API and UserInfo', async () => {
  await server.clients.update(c1.id, { accessTokenFormat: 'opaque' }, 'test')
  try {
    for (const changes of [{ scope: 'openid' }, { scope: `openid ${rs1.scope}` }]) {
      const tokens = await signIn(world, { changes })
      expect(tokens.access).toMatch(/^at_/)
      expect((await introspect(world, c1, tokens.access)).json.active).toBe(true)
      expectDone(await revoke(world, c1, tokens.access))
      expectInactive(await introspect(world, c1, tokens.access))
      expectInactive(await introspect(world, rs1.client, tokens.access))
    }
  } finally {
    await server.clients.update(c1.id, { accessTokenFormat: 'jwt' }, 'test')
  }
})

test('C17 a client can end nothing of another one', async () => {
  const tokens = await signIn(world)
  for (const thief of [c2, p1, rs1.client]) {
    expectDone(await revoke(world, thief, tokens.refresh), thief.id)
    expectJsonError(await revoke(world, thief, tokens.access), 400, 'unauthorized_client', thief.id)
  }
  await expectAlive(world, tokens)
})

test('C17 revocation asks who comes, and for a token', async () => {
  const tokens = await signIn(world)
  expectJsonError(await postForm(world, '/revoke', { token: tokens.refresh }), 401, 'invalid_client')
  expectJsonError(await postForm(world, '/revoke', {}, c1), 400, 'invalid_request')
  expectJsonError(await revoke(world, { ...c1, secret: 'wrong' }, tokens.refresh), 401, 'invalid_client')
  expectJsonError(await revoke(world, c1, tokens.refresh, { token: [tokens.refresh, 'b'] }), 400, 'invalid_request')
  expect((await world.send(`/revoke?token=${tokens.refresh}`)).status).toBe(405)
  await expectAlive(world, tokens)
})

test('C21 a positive answer is remembered nowhere: the next question after an end says no', async () => {
  const scope = `openid ${rs1.scope}`
  const ends: readonly [string, (tokens: Tokens) => Promise<unknown>][] = [
    ['the token revoked', (tokens) => revoke(world, c1, tokens.access)],
    ['the family revoked', (tokens) => revoke(world, c1, tokens.refresh)],
    ['the session ended', (tokens) => server.endings.session(String(claimsOf(tokens.id).sid), 'signed_out')],
    ['the person signed out', () => server.users.signOut(world.u1.sub, 'test')],
    ['the client ended', () => server.clients.endTokens(c1.id, 'test')],
    ['time', async () => server.clock.move(600)],
  ]
  for (const [what, end] of ends) {
    const tokens = await signIn(world, { changes: { scope } })
    const asked = () => Promise.all([c1, rs1.client].map((caller) => introspect(world, caller, tokens.access)))
    for (let times = 0; times < 3; times++) {
      for (const answer of await asked()) expect(answer.json.active, what).toBe(true)
    }
    await end(tokens)
    for (const answer of await asked()) expectInactive(answer, what)
  }
})

test("C21 a client's own token ends with its secret's owner: revoked, or the client disabled", async () => {
  const own = tokensOf(await clientToken(world, c1, { scope: rs1.scope })).access
  expect((await introspect(world, rs1.client, own)).json).toMatchObject({ active: true, sub: c1.id })
  expectDone(await revoke(world, c1, own))
  expectInactive(await introspect(world, rs1.client, own))
})

test('C23 sign-out ends the families of the session, their access tokens and the cookie; offline ones live on', async () => {
  const bound = await signIn(world)
  const { person } = bound
  const atC2 = await signIn(world, { client: c2, person })
  const offline = await signIn(world, { person, changes: { scope: 'openid offline_access', prompt: 'consent' } })
  const elsewhere = await signIn(world)
  const page = await person.browser.open(`${world.issuer}/logout?id_token_hint=${bound.id}`)
  expect(page.text).toMatch(/signed out/i)
  for (const tokens of [bound, atC2]) await expectDead(world, tokens)
  for (const tokens of [offline, elsewhere]) await expectAlive(world, tokens)
  const silent = await person.authorize(authorizeUrl(world, c1, { prompt: 'none' }))
  expect(silent.searchParams.get('error')).toBe('login_required')
})

test('C23 sign-out by the confirmation page ends as much, and the cookie of before is worth nothing', async () => {
  const bound = await signIn(world)
  const { browser } = bound.person
  const cookie = browser.jar.header(new URL(world.issuer))
  await browser.press(await browser.open(`${world.issuer}/logout`), 'logout')
  await expectDead(world, bound)
  const replayed = await world.send(authorizeUrl(world, c1, { prompt: 'none' }), { headers: { cookie } })
  expect(replayed.location?.searchParams.get('error')).toBe('login_required')
})

test('C23 a sign-out that is only asked for, or forged, ends nothing', async () => {
  const bound = await signIn(world)
  const page = await bound.person.browser.open(`${world.issuer}/logout`)
  const forged = await postTampered(world, bound.person, { page, button: 'logout', fields: { csrf: 'x'.repeat(43) } })
  expect(forged.status).toBe(403)
  await world.send('/logout', { method: 'POST' })
  await expectAlive(world, bound)
})

test('C23 a code that is redeemed after the sign-out begins nothing', async () => {
  const granted = await getCode(world)
  const offline = await getCode(world, {
    person: granted.person,
    changes: { scope: 'openid offline_access', prompt: 'consent' },
  })
  const { browser } = granted.person
  await browser.press(await browser.open(`${world.issuer}/logout`), 'logout')
  for (const each of [granted, offline]) expectJsonError(await redeem(world, each), 400, 'invalid_grant')
})

test('C23 somebody else who signs in at the same browser ends what the first one had there', async () => {
  const first = await signIn(world)
  const { browser } = first.person
  const url = authorizeUrl(world, c1, { prompt: 'login' })
  let page = await browser.open(url)
  if (!page.forms.some((form) => form.fields.has('username'))) page = await browser.press(page, 'switch')
  await browser.press(page, 'login', { username: world.u2.username, password: world.u2.password })
  await expectDead(world, first)
})
