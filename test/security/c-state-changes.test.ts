import { afterEach, expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import {
  authorizeUrl,
  clientToken,
  getCode,
  introspect,
  redeem,
  refresh,
  signIn,
  type Tokens,
  tokensOf,
  userInfo,
} from './support/steps.ts'
import { claimsOf, expectAlive, expectDead, expectInactive } from './support/tokens.ts'
import { aWorld, type World } from './support/world.ts'

const worlds: World[] = []

async function world(): Promise<World> {
  const made = await aWorld()
  worlds.push(made)
  return made
}

afterEach(async () => {
  for (const made of worlds.splice(0)) {
    made.check()
    await made.close()
  }
})

const offline = { scope: 'openid offline_access', prompt: 'consent' }
const operator = 'operator:test'

/** Whether the person's browser is still signed in, asked silently. */
async function isSignedIn(world: World, { person }: Tokens): Promise<boolean> {
  const answer = await person.authorize(authorizeUrl(world, world.c1, { prompt: 'none' }))
  return answer.searchParams.has('code')
}

type Change = (world: World, tokens: Tokens) => Promise<unknown>

/** What `signet consents revoke` does. */
const withdraw: Change = async ({ server, u1, c1 }) => {
  await server.stores.consents.end(u1.sub, c1.id)
  await server.endings.familiesAt(u1.sub, c1.id, 'consent_withdrawn')
}

test.for<[string, Change]>([
  ['the person is disabled', ({ server, u1 }) => server.users.disable(u1.sub, operator)],
  ['the person is deleted', ({ server, u1 }) => server.users.remove(u1.sub, operator)],
  ['the password is changed', ({ server, u1 }) => server.users.setPassword(u1.sub, 'another-fine-canary-7', operator)],
  ['the person is signed out everywhere', ({ server, u1 }) => server.users.signOut(u1.sub, operator)],
  ['everything is revoked', ({ server }) => server.endings.everything('revoked_by_operator')],
])('C11 %s: nothing of theirs works any more, at once', async ([, change]) => {
  const it = await world()
  const bound = await signIn(it)
  const kept = await signIn(it, { changes: offline })
  const atP1 = await signIn(it, { client: it.p1 })
  const granted = await getCode(it, { changes: offline })
  const outstanding = await getCode(it)
  expect(await isSignedIn(it, bound)).toBe(true)
  await change(it, bound)
  for (const tokens of [bound, kept, atP1]) await expectDead(it, tokens, tokens.client.id)
  for (const code of [granted, outstanding]) expectJsonError(await redeem(it, code), 400, 'invalid_grant')
  expect(await isSignedIn(it, bound)).toBe(false)
})

test('C11 another person is not touched by any of it', async () => {
  const it = await world()
  const other = await signIn(it, { user: it.u2 })
  const { users } = it.server
  await users.disable(it.u1.sub, operator)
  await users.setPassword(it.u1.sub, 'another-fine-canary-7', operator)
  await users.remove(it.u1.sub, operator)
  await expectAlive(it, other)
  expect(await isSignedIn(it, other)).toBe(true)
})

test('C11 a person who is enabled again has to sign in again: nothing old comes back', async () => {
  const it = await world()
  const { users } = it.server
  const tokens = await signIn(it)
  const outstanding = await getCode(it)
  await users.disable(it.u1.sub, operator)
  await users.enable(it.u1.sub, operator)
  await expectDead(it, tokens)
  expectJsonError(await redeem(it, outstanding), 400, 'invalid_grant')
  expect(await isSignedIn(it, tokens)).toBe(false)
  await expectAlive(it, await signIn(it))
})

test('C11 somebody new under the same name has another subject, and none of the tokens', async () => {
  const it = await world()
  const { users } = it.server
  const tokens = await signIn(it)
  await users.remove(it.u1.sub, operator)
  const { sub } = await users.create({ username: it.u1.username }, it.u1.password, operator)
  expect(sub).not.toBe(it.u1.sub)
  await expectDead(it, tokens)
  expect(await isSignedIn(it, tokens)).toBe(false)
})

test('C11 consent withdrawn: everything at that client ends, and nothing elsewhere', async () => {
  const it = await world()
  const bound = await signIn(it)
  const kept = await signIn(it, { changes: offline })
  const elsewhere = await signIn(it, { client: it.c2 })
  const outstanding = await getCode(it)
  await withdraw(it, bound)
  for (const tokens of [bound, kept]) await expectDead(it, tokens)
  expectJsonError(await redeem(it, outstanding), 400, 'invalid_grant')
  await expectAlive(it, elsewhere)
  const silent = await bound.person.authorize(authorizeUrl(it, it.c1, { prompt: 'none' }))
  expect(silent.searchParams.get('error')).toBe('consent_required')
})

test('C11 a session ended by an operator takes its families along, and no others', async () => {
  const it = await world()
  const bound = await signIn(it)
  const kept = await signIn(it, { person: bound.person, changes: offline })
  const elsewhere = await signIn(it)
  const outstanding = await getCode(it, { person: bound.person })
  await it.server.endings.session(String(claimsOf(bound.id).sid), 'revoked_by_operator')
  await expectDead(it, bound)
  expectJsonError(await redeem(it, outstanding), 400, 'invalid_grant')
  expect(await isSignedIn(it, bound)).toBe(false)
  await expectAlive(it, kept)
  await expectAlive(it, elsewhere)
})

test('C11 a disabled client gets nothing, and what it had stays dead when it is enabled again', async () => {
  const it = await world()
  const { clients } = it.server
  const tokens = await signIn(it, { changes: { scope: `openid ${it.rs1.scope}` } })
  const own = tokensOf(await clientToken(it, it.c1, { scope: it.rs1.scope })).access
  const outstanding = await getCode(it)
  const elsewhere = await signIn(it, { client: it.c2 })
  await clients.disable(it.c1.id, operator)
  expectJsonError(await refresh(it, it.c1, tokens.refresh), 401, 'invalid_client')
  expectJsonError(await redeem(it, outstanding), 401, 'invalid_client')
  expectJsonError(await introspect(it, it.c1, tokens.access), 401, 'invalid_client')
  for (const access of [tokens.access, own]) expectInactive(await introspect(it, it.rs1.client, access))
  await clients.enable(it.c1.id, operator)
  await expectDead(it, tokens)
  expectInactive(await introspect(it, it.rs1.client, own))
  expectJsonError(await redeem(it, outstanding), 400, 'invalid_grant')
  await expectAlive(it, elsewhere)
  await expectAlive(it, await signIn(it))
})

test('C11 the tokens of a deleted client are dead, and so are those of one that takes its name', async () => {
  const it = await world()
  const { clients } = it.server
  const tokens = await signIn(it)
  await clients.remove(it.c1.id, operator)
  expect((await userInfo(it, tokens.access)).status).toBe(401)
  const wishes = { id: it.c1.id, name: 'another', redirectUris: [it.c1.redirectUri], secret: it.c1.secret }
  const scopes = ['openid', 'offline_access']
  await clients.create({ ...wishes, scopes, grantTypes: ['authorization_code', 'refresh_token'] }, operator)
  await expectDead(it, tokens)
  await expectAlive(it, await signIn(it))
})

test('C11 all tokens of a client can be ended without disabling it', async () => {
  const it = await world()
  const tokens = await signIn(it)
  const outstanding = await getCode(it)
  await it.server.clients.endTokens(it.c1.id, operator)
  await expectDead(it, tokens)
  expectJsonError(await redeem(it, outstanding), 400, 'invalid_grant')
  await expectAlive(it, await signIn(it))
})

test('C11 a group or role that was taken away is gone at the next refresh, and at UserInfo at once', async () => {
  const it = await world()
  const changes = { scope: `openid roles groups ${it.rs1.scope}`, resource: it.rs1.audience }
  await it.server.users.update(it.u1.sub, { claims: { roles: ['admin', 'editor'], groups: ['staff'] } }, operator)
  const first = await signIn(it, { changes })
  const atIssuer = await signIn(it, { changes: { scope: 'openid roles groups' } })
  expect(claimsOf(first.access)).toMatchObject({ roles: ['admin', 'editor'], groups: ['staff'] })
  await it.server.users.update(it.u1.sub, { claims: { roles: ['editor'] } }, operator)
  const next = claimsOf(tokensOf(await refresh(it, it.c1, first.refresh)).access)
  expect(next.roles).toEqual(['editor'])
  expect(next).not.toHaveProperty('groups')
  const info = await userInfo(it, atIssuer.access)
  expect(info.json).toEqual({ sub: it.u1.sub, roles: ['editor'] })
})

test('C11 a scope that was taken from the client is in no new token and in no answer about an old one', async () => {
  const it = await world()
  const changes = { scope: `openid email ${it.rs1.scope}` }
  const atApi = await signIn(it, { changes })
  const atIssuer = await signIn(it, { changes: { scope: 'openid email' } })
  const outstanding = await getCode(it, { changes })
  await it.server.clients.update(it.c1.id, { scopes: ['openid', it.rs2.scope] }, operator)
  expect((await introspect(it, it.rs1.client, atApi.access)).json).toMatchObject({ active: true, scope: '' })
  expect((await userInfo(it, atIssuer.access)).json).toEqual({ sub: it.u1.sub })
  expect((await refresh(it, it.c1, atIssuer.refresh)).json).toMatchObject({ scope: 'openid' })
  expect((await redeem(it, outstanding)).json).toMatchObject({ scope: 'openid' })
  expectJsonError(await refresh(it, it.c1, atApi.refresh, { scope: it.rs1.scope }), 400, 'invalid_scope')
})

test('C11 a grant that was taken from the client cannot be used with old tokens', async () => {
  const it = await world()
  const tokens = await signIn(it)
  const outstanding = await getCode(it)
  await it.server.clients.update(it.c1.id, { grantTypes: ['client_credentials'], redirectUris: [] }, operator)
  expectJsonError(await refresh(it, it.c1, tokens.refresh), 400, 'unauthorized_client')
  expectJsonError(await redeem(it, outstanding), 400, 'unauthorized_client')
})

test('C11 a secret that was rotated without overlap is dead at once, and the tokens live on', async () => {
  const it = await world()
  const tokens = await signIn(it)
  const { secret = '' } = await it.server.clients.rotateSecret(it.c1.id, { overlap: 0 }, operator)
  it.keepSecret(secret)
  expectJsonError(await refresh(it, it.c1, tokens.refresh), 401, 'invalid_client')
  const renewed = { ...it.c1, secret }
  await expectAlive(it, { ...tokens, client: renewed })
})

test('C11 a disabling that got no further than its record holds already', async () => {
  const it = await world()
  const { stores } = it.server
  // A plain refresh does not read the person: for those the registry ends what is older before it keeps the record.
  const tokens = await signIn(it, { changes: { scope: 'openid roles' } })
  const outstanding = await getCode(it)
  const user = await stores.users.find(it.u1.sub)
  const client = await stores.clients.find(it.c1.id)
  if (!user || !client) throw new Error('somebody is missing')
  for (const change of [{ enabled: false }, { tokenVersion: user.tokenVersion + 1 }]) {
    const revision = (await stores.users.find(user.sub))?.revision ?? 0
    await stores.users.put({ ...user, revision, ...change })
    await expectDead(it, tokens)
    expectJsonError(await redeem(it, outstanding), 400, 'invalid_grant')
    expect(await isSignedIn(it, tokens)).toBe(false)
  }
  await stores.users.put({ ...user, revision: (await stores.users.find(user.sub))?.revision ?? 0 })
  await stores.clients.put({ ...client, tokenVersion: client.tokenVersion + 1 })
  await expectDead(it, tokens)
  expectJsonError(await redeem(it, outstanding), 400, 'invalid_grant')
})
