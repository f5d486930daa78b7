import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { expectErrorAt } from './support/answers.ts'
import { authorizeUrl, cookiesOf, introspect, refresh, revoke, signIn, userInfo } from './support/steps.ts'
import { type KnownClient, theWorld } from './support/world.ts'

const world = await theWorld()
const { server, u1, u2, rs1 } = world

type Pairwise = { readonly redirectUri?: string; readonly sector?: string; readonly scopes?: readonly string[] }

/** A client that knows people by subjects of its sector. */
async function pairwise(id: string, { redirectUri = `https://${id}.test/cb`, sector, scopes = [] }: Pairwise = {}) {
  const wishes = {
    id,
    name: id,
    redirectUris: [redirectUri],
    postLogoutRedirectUris: [redirectUri],
    scopes: ['openid', 'offline_access', ...scopes],
    grantTypes: ['authorization_code', 'refresh_token'],
    subjectType: 'pairwise',
    sectorIdentifierUri: sector,
  }
  const { secret = '' } = await server.clients.create(wishes, 'test')
  return { id, secret, method: 'client_secret_basic', redirectUri } satisfies KnownClient
}

const one = await pairwise('one', { scopes: [rs1.scope] })
const twin = await pairwise('twin', { redirectUri: 'https://one.test/other' })
const other = await pairwise('other')

const subOf = (idToken: string) => String(decodeJwt(idToken).sub)
const readSub = async (client: KnownClient, user = u1) => subOf((await signIn(world, { client, user })).id)

test('G15 a person has another subject in every sector, the same in one, and it stays', async () => {
  const sub = await readSub(one)
  expect(sub).not.toBe(u1.sub)
  expect(await readSub(one)).toBe(sub)
  expect(await readSub(twin)).toBe(sub)
  expect(await readSub(other)).not.toBe(sub)
  expect(await readSub(one, u2)).not.toBe(sub)
})

test('G15 no answer tells a pairwise client another subject than its own', async () => {
  const tokens = await signIn(world, { client: one })
  const sub = subOf(tokens.id)
  expect(tokens.access).toMatch(/^at_/)
  expect((await userInfo(world, tokens.access)).json).toEqual({ sub })
  const access = await introspect(world, one, tokens.access)
  const refreshed = await introspect(world, one, tokens.refresh)
  for (const { json } of [access, refreshed]) {
    expect(json).toMatchObject({ active: true, sub })
    expect(json).not.toHaveProperty('username')
  }
  const again = await refresh(world, one, tokens.refresh)
  expect(subOf(String(again.json.id_token))).toBe(sub)
  for (const { text } of [tokens.answer, again, access, refreshed]) expect(text).not.toContain(u1.sub)
})

test('G15 an API sees one person, whatever client it was', async () => {
  const scope = `openid ${rs1.scope}`
  const seen = []
  for (const client of [one, world.c1]) {
    const { access } = await signIn(world, { client, changes: { scope, resource: rs1.audience } })
    seen.push((await introspect(world, rs1.client, access)).json.sub)
  }
  expect(seen).toEqual([u1.sub, u1.sub])
})

test('G15 a client that registers another host’s sector is refused where nobody vouches for it', async () => {
  const wishes = { name: 'x', redirectUris: ['https://a.test/', 'https://b.test/'], subjectType: 'pairwise' }
  await expect(server.clients.create(wishes, 'test')).rejects.toMatchObject({ code: 'malformed' })
  const readable = { ...wishes, redirectUris: ['https://a.test/'], accessTokenFormat: 'jwt' }
  await expect(server.clients.create(readable, 'test')).rejects.toMatchObject({ code: 'policy' })
})

test('A23 a hint of a pairwise client names its own person and nobody else’s', async () => {
  const tokens = await signIn(world, { client: one })
  const theirs = await signIn(world, { client: one, user: u2 })
  const foreign = await signIn(world, { client: other })
  const headers = { cookie: cookiesOf(world, tokens.person) }
  const ask = (client: KnownClient, id_token_hint: string) =>
    world.send(authorizeUrl(world, client, { prompt: 'none', id_token_hint }), { headers })
  expect((await ask(one, tokens.id)).location?.searchParams.get('code')).toMatch(/^code_/)
  expectErrorAt(world, one, await ask(one, theirs.id), 'login_required')
  // The same person at another sector: whether it is them is nothing that a client may learn.
  expectErrorAt(world, one, await ask(one, foreign.id), 'login_required')
  expectErrorAt(world, world.c1, await ask(world.c1, tokens.id), 'login_required')
})

test('A23 a subject that is asked for by name is the one that the client knows', async () => {
  const { id, person } = await signIn(world, { client: one })
  const headers = { cookie: cookiesOf(world, person) }
  const ask = (value: string) => {
    const claims = JSON.stringify({ id_token: { sub: { value } } })
    return world.send(authorizeUrl(world, one, { prompt: 'none', claims }), { headers })
  }
  expect((await ask(subOf(id))).location?.searchParams.get('code')).toMatch(/^code_/)
  expectErrorAt(world, one, await ask(u1.sub), 'login_required')
})

test('a pairwise hint signs its own person out, here and where no cookie is seen', async () => {
  const here = await signIn(world, { client: one })
  const elsewhere = await signIn(world, { client: one })
  const theirs = await signIn(world, { client: one, user: u2 })
  const leave = (hint: string, cookie: string) => {
    const query = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: one.redirectUri })
    return world.send(`/logout?${query}`, { headers: cookie ? { cookie } : {} })
  }
  const isAlive = async (token: string) => (await introspect(world, one, token)).json.active

  expect((await leave(theirs.id, cookiesOf(world, here.person))).status, 'somebody else is asked').toBe(200)
  expect(await isAlive(theirs.access)).toBe(true)
  expect((await leave(here.id, cookiesOf(world, here.person))).location?.href).toBe(one.redirectUri)
  expect(await isAlive(here.access)).toBe(false)
  expect((await leave(elsewhere.id, '')).location?.href).toBe(one.redirectUri)
  expect(await isAlive(elsewhere.access)).toBe(false)
  await server.flush()
  const trail = await server.stores.audit.list({ userId: u1.sub })
  expect(trail.filter(({ event }) => event === 'session.ended')).toHaveLength(2)
})

test('G15 one sign-in at two sectors has two sids, and one at each', async () => {
  const here = await signIn(world, { client: one })
  const again = await signIn(world, { client: one, person: here.person })
  const there = await signIn(world, { client: other, person: here.person })
  const plain = await signIn(world, { person: here.person })
  const [sid, same, another, own] = [here, again, there, plain].map(({ id }) => decodeJwt(id).sid)
  expect(same).toBe(sid)
  expect(new Set([sid, another, own]).size).toBe(3)
  expect((await introspect(world, one, here.access)).json.sid).toBe(sid)
})

test('what a pairwise client revokes ends', async () => {
  const tokens = await signIn(world, { client: one })
  expect((await revoke(world, one, tokens.refresh)).status).toBe(200)
  expect((await introspect(world, one, tokens.access)).json).toEqual({ active: false })
})
