import { describe, expect, test } from 'vitest'
import {
  authorizeUrl,
  cookiesOf,
  getCode,
  introspect,
  personOf,
  redeem,
  refresh,
  signIn,
  tokensOf,
  userInfo,
} from '#test/security/support/steps.ts'
import { theWorld } from '#test/security/support/world.ts'

/** Set by a test: the look-up of people fails, as with a database that is down. */
let isDown = false

const world = await theWorld({
  flags: { 'tokens.refreshAbsolute': '8h', 'tokens.refreshIdle': '8h' },
  tamper: (stores) => ({
    ...stores,
    users: {
      ...stores.users,
      find: (sub) => (isDown ? Promise.reject(new Error('the database is away')) : stores.users.find(sub)),
    },
  }),
})
const { c1, server, u1 } = world
const hour = 3600

describe('a refresh that is refused, or fails, costs no rotation', () => {
  test('scopes of two APIs without a resource', async () => {
    const scope = `openid ${world.rs1.scope} ${world.rs2.scope}`
    const granted = await getCode(world, { changes: { scope } })
    const tokens = tokensOf(await redeem(world, granted, { changes: { resource: world.rs1.audience } }))
    expect((await refresh(world, c1, tokens.refresh)).json).toMatchObject({ error: 'invalid_target' })
    server.clock.move(120)
    const again = await refresh(world, c1, tokens.refresh, { resource: world.rs2.audience })
    expect(again.json).toMatchObject({ scope: `openid ${world.rs2.scope}`, token_type: 'Bearer' })
  })

  test('a database that is away, where the answer carries claims of the person', async () => {
    const tokens = await signIn(world, { changes: { scope: 'openid roles' } })
    isDown = true
    const failed = await refresh(world, c1, tokens.refresh)
    isDown = false
    expect(failed.status).toBe(500)
    server.clock.move(120)
    expect((await refresh(world, c1, tokens.refresh)).status).toBe(200)
    world.check([500])
  })
})

test('no refresh token lives longer than tokens.refreshAbsolute, however long the session', async () => {
  const tokens = await signIn(world)
  server.clock.move(8 * hour - 60)
  const late = tokensOf(await refresh(world, c1, tokens.refresh))
  expect(late.refresh).not.toBe('')
  server.clock.move(61)
  expect((await refresh(world, c1, late.refresh)).json).toMatchObject({ error: 'invalid_grant' })
})

test('an expired ID token ends no session from elsewhere, and still leads back', async () => {
  const tokens = await signIn(world)
  server.clock.move(hour)
  const bye = 'https://c1.test/bye'
  const query = new URLSearchParams({ id_token_hint: tokens.id, post_logout_redirect_uri: bye, state: 's' })
  const elsewhere = await world.send(`/logout?${query}`)
  expect(elsewhere.location?.href).toBe(`${bye}?state=s`)
  expect((await refresh(world, c1, tokens.refresh)).status).toBe(200)

  const here = await world.send(`/logout?${query}`, { headers: { cookie: cookiesOf(world, tokens.person) } })
  expect(here.location?.href).toBe(`${bye}?state=s`)
  expect((await refresh(world, c1, tokens.refresh)).json).toMatchObject({ error: 'invalid_grant' })
})

test("the operator's own app keeps access beyond the sign-out only where the person allowed it", async () => {
  await server.clients.update('c1', { firstParty: true }, 'test')
  const person = personOf(world, u1)
  await server.stores.consents.end(u1.sub, 'c1')
  const url = authorizeUrl(world, c1, { scope: 'openid offline_access' })
  const page = await person.signIn(await person.browser.open(url))
  expect(page.title).toContain('Allow')
  expect((await person.consent(page)).left).toBe(true)

  const plain = await person.browser.open(authorizeUrl(world, c1))
  expect(plain.left).toBe(true)
  await server.clients.update('c1', { firstParty: false }, 'test')
})

test('a hint for somebody else asks for that person, and does not name the one who is signed in', async () => {
  const other = await signIn(world, { user: world.u2 })
  const mine = await signIn(world)
  const page = await mine.person.browser.open(authorizeUrl(world, c1, { id_token_hint: other.id }))
  expect(page.title).toContain('Sign in')
  // As a word: a random text of the page may have the two letters in it.
  expect(page.text).not.toMatch(new RegExp(`(?<![\\w-])${u1.username}(?![\\w-])`))
})

test('a claim that was asked for by name goes with the scope that the operator takes away', async () => {
  const claims = JSON.stringify({ userinfo: { email: null } })
  const tokens = await signIn(world, { changes: { claims } })
  expect((await userInfo(world, tokens.access)).json).toHaveProperty('email')
  await server.clients.update('c1', { scopes: ['openid', 'offline_access', world.rs1.scope] }, 'test')
  const narrowed = tokensOf(await refresh(world, c1, tokens.refresh))
  expect((await userInfo(world, narrowed.access)).json).toEqual({ sub: u1.sub })
  expect((await introspect(world, c1, narrowed.access)).json).toMatchObject({ active: true })
})
