import { expect, test } from 'vitest'
import { authorizeUrl, cookiesOf, parameters, personOf, signIn, type Tokens } from '#test/security/support/steps.ts'
import { expectAlive, expectDead } from '#test/security/support/tokens.ts'
import { theWorld } from '#test/security/support/world.ts'

const world = await theWorld()
const { c1, c2, issuer, server } = world
const bye = 'https://c1.test/bye'

function logoutUrl(changes: Record<string, string>): string {
  return `${issuer}/logout?${parameters(changes)}`
}

const isSignedIn = async ({ person }: Tokens) =>
  (await person.authorize(authorizeUrl(world, c1, { prompt: 'none' }))).searchParams.has('code')

test('an ID token of the very person signs out without a question and leads back with the state', async () => {
  const tokens = await signIn(world)
  const page = await tokens.person.browser.open(
    logoutUrl({ id_token_hint: tokens.id, post_logout_redirect_uri: bye, state: 'a&b=c' }),
  )
  expect(page.left).toBe(true)
  expect(page.url.href).toBe(`${bye}?state=a%26b%3Dc`)
  expect(await isSignedIn(tokens)).toBe(false)
  await expectDead(world, tokens)
})

test('the same by POST, as another site posts it: without any cookie', async () => {
  const tokens = await signIn(world)
  const body = parameters({ id_token_hint: tokens.id, post_logout_redirect_uri: bye, state: 's' })
  const answer = await world.send('/logout', { method: 'POST', body, headers: { origin: 'https://c1.test' } })
  expect(answer.status).toBe(303)
  expect(answer.location?.href).toBe(`${bye}?state=s`)
  await expectDead(world, tokens)
})

test('an ID token that has expired still speaks for its person', async () => {
  const tokens = await signIn(world)
  server.clock.move(3600)
  const page = await tokens.person.browser.open(logoutUrl({ id_token_hint: tokens.id, post_logout_redirect_uri: bye }))
  expect(page.url.href).toBe(bye)
  await expectDead(world, tokens)
})

test('without a hint the person is asked, may stay, and may go', async () => {
  const tokens = await signIn(world)
  const { browser } = tokens.person
  const url = logoutUrl({ client_id: c1.id, post_logout_redirect_uri: bye, state: 's' })
  const asked = await browser.open(url)
  expect({ status: asked.status, left: asked.left }).toEqual({ status: 200, left: false })
  expect(await isSignedIn(tokens)).toBe(true)
  const gone = await browser.press(await browser.open(url), 'logout')
  expect(gone.url.href).toBe(`${bye}?state=s`)
  expect(await isSignedIn(tokens)).toBe(false)
})

test("somebody else's ID token does not sign this person out", async () => {
  const mine = await signIn(world)
  const other = await signIn(world, { user: world.u2 })
  const page = await mine.person.browser.open(logoutUrl({ id_token_hint: other.id, post_logout_redirect_uri: bye }))
  expect(page.left).toBe(false)
  expect(await isSignedIn(mine)).toBe(true)
  await expectAlive(world, mine)
})

test.for([
  ['another client’s address', { client_id: 'c2', post_logout_redirect_uri: bye }],
  ['an address nobody registered', { client_id: 'c1', post_logout_redirect_uri: 'https://evil.test/' }],
  ['an address with more', { client_id: 'c1', post_logout_redirect_uri: `${bye}/more` }],
  ['an address and no client', { post_logout_redirect_uri: bye }],
  ['an unknown client', { client_id: 'nobody', post_logout_redirect_uri: bye }],
  ['a hint that is none', { id_token_hint: 'a.b.c', client_id: 'c1', post_logout_redirect_uri: bye }],
] as const)('%s: the person may sign out, and is led nowhere', async ([, changes]) => {
  const tokens = await signIn(world)
  const { browser } = tokens.person
  const page = await browser.open(logoutUrl(changes))
  expect(page.left).toBe(false)
  const done = await browser.press(page, 'logout')
  expect(done.left).toBe(false)
  expect(done.text).not.toContain('evil.test')
  expect(await isSignedIn(tokens)).toBe(false)
})

test('a hint of another client than client_id speaks for nobody', async () => {
  const tokens = await signIn(world)
  const changes = { id_token_hint: tokens.id, client_id: c2.id, post_logout_redirect_uri: 'https://c2.test/bye' }
  const page = await tokens.person.browser.open(logoutUrl(changes))
  expect(page.left).toBe(false)
  expect(await isSignedIn(tokens)).toBe(true)
})

test('signing out twice, or without a session, ends on our own page', async () => {
  const person = personOf(world, world.u1)
  for (let times = 0; times < 2; times++) {
    const page = await person.browser.open(`${issuer}/logout`)
    expect(page.status).toBe(200)
    expect(page.text).toMatch(/signed out/i)
  }
})

test('the cookie is taken away, and what it was is worth nothing', async () => {
  const tokens = await signIn(world)
  const cookie = cookiesOf(world, tokens.person)
  const answer = await world.send(logoutUrl({ id_token_hint: tokens.id }), { headers: { cookie } })
  const cleared = answer.headers.getSetCookie().find((line) => line.startsWith('signet-session='))
  expect(cleared).toMatch(/^signet-session=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/i)
  const silent = await world.send(authorizeUrl(world, c1, { prompt: 'none' }), { headers: { cookie } })
  expect(silent.location?.searchParams.get('error')).toBe('login_required')
})
