import { describe, expect, test } from 'vitest'
import { changed, postReady, readyForm } from './support/forms.ts'
import { authorizeUrl, cookiesOf, getCode, personOf, postForm, signIn } from './support/steps.ts'
import { type KnownClient, theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, c2, p1, u1, u2, server } = world
const made = async (id: string, wishes: object): Promise<KnownClient> => {
  const { redirectUris: [redirectUri = ''] = [] } = wishes as { redirectUris?: string[] }
  await server.clients.create({ id, name: id, authenticationMethod: 'none', ...wishes }, 'test')
  return { id, secret: '', method: 'none', redirectUri }
}
const scheme = await made('scheme', { applicationType: 'native', redirectUris: ['com.example.app:/cb'] })
const localhost = await made('localhost', { redirectUris: ['http://localhost:4000/cb'] })
const spa = await made('spa', { redirectUris: ['https://spa.test/cb'] })
const ours = await made('ours', { applicationType: 'native', redirectUris: ['http://127.0.0.1/cb'], firstParty: true })

/** Where a browser that is signed in and has allowed everything before is led to. */
async function secondTime(client: KnownClient, changes: Record<string, string> = {}) {
  const { person } = await getCode(world, { client })
  const url = authorizeUrl(world, client, changes)
  return world.send(url, { headers: { cookie: cookiesOf(world, person) } })
}

describe('E11 an app that another could pass for is asked about every time', () => {
  test.each([p1, scheme, localhost])('E11 $id: asked again, and refused silently', async (client) => {
    expect((await secondTime(client)).location?.pathname).toBe('/consent')
    const silent = await secondTime(client, { prompt: 'none' })
    expect(silent.location?.searchParams.get('error')).toBe('consent_required')
    expect(silent.location?.searchParams.get('code')).toBeNull()
  })

  test('E11 on another port of the loopback address too', async () => {
    await getCode(world, { client: p1 })
    const other = await secondTime(p1, { redirect_uri: 'http://127.0.0.1:4711/cb', prompt: 'none' })
    expect(other.location?.searchParams.get('error')).toBe('consent_required')
  })

  test.each([c1, spa, ours])('E11 $id: its identity is assured, or it is our own', async (client) => {
    expect((await secondTime(client)).location?.searchParams.get('code')).toMatch(/^code_/)
    expect((await secondTime(client, { prompt: 'none' })).location?.searchParams.get('code')).toMatch(/^code_/)
  })

  test('E11 what one client, one person or one scope was allowed does not count for another', async () => {
    const { person } = await getCode(world, { client: c1 })
    const ask = (client: KnownClient, changes = {}) =>
      world.send(authorizeUrl(world, client, { prompt: 'none', ...changes }), {
        headers: { cookie: cookiesOf(world, person) },
      })
    for (const answer of [
      await ask(c2),
      await ask(c1, { scope: 'openid email' }),
      await ask(c1, { scope: 'openid offline_access' }),
      await ask(c1, { claims: '{"id_token":{"email":null}}' }),
    ]) {
      expect(answer.location?.searchParams.get('error')).toBe('consent_required')
    }
    const { person: other } = await getCode(world, { client: c2, user: u2 })
    const theirs = await world.send(authorizeUrl(world, c1, { prompt: 'none' }), {
      headers: { cookie: cookiesOf(world, other) },
    })
    expect(theirs.location?.searchParams.get('error')).toBe('consent_required')
  })

  test('E11 a withdrawn consent is asked for again', async () => {
    const { person } = await getCode(world, { client: c1 })
    await server.stores.consents.end(u1.sub, c1.id)
    const answer = await world.send(authorizeUrl(world, c1), { headers: { cookie: cookiesOf(world, person) } })
    expect(answer.location?.pathname).toBe('/consent')
  })

  test('E02 fields of the form cannot widen or turn what is asked', async () => {
    await server.stores.consents.end(u2.sub, c2.id)
    const person = personOf(world, u2)
    const page = await person.signIn(await person.browser.open(authorizeUrl(world, c2)))
    const extra = {
      scope: 'openid email offline_access',
      client_id: 'c1',
      redirect_uri: 'https://evil.test/cb',
      state: 'x',
      user: u1.sub,
    }
    const answer = await postReady(world, changed(readyForm(page, 'approve'), extra), {
      cookie: cookiesOf(world, person),
    })
    expect(answer.location?.href.split('?')[0]).toBe(c2.redirectUri)
    expect(answer.location?.searchParams.get('state')).toBe('a-state')
    expect((await server.stores.consents.find(u2.sub, c2.id))?.scopes).toEqual(new Set(['openid']))
    for (const action of ['', 'APPROVE', 'allow', 'approve ', 'true', undefined]) {
      const next = await person.browser.open(authorizeUrl(world, c2, { prompt: 'consent' }))
      const form = changed(readyForm(next, 'approve'), { action })
      const denied = await postReady(world, form, { cookie: cookiesOf(world, person) })
      expect(denied.location?.searchParams.get('error'), String(action)).toBe('access_denied')
    }
  })
})

describe('E16 no code before the person has signed in', () => {
  test('E16 every page of a request leads back to the sign-in', async () => {
    const person = personOf(world, u1)
    const login = await person.browser.open(authorizeUrl(world, c1))
    const id = login.url.searchParams.get('id')
    const cookie = cookiesOf(world, person)
    for (const path of ['/authorize/continue', '/consent', '/select-account']) {
      const answer = await world.send(`${path}?id=${id}`, { headers: { cookie } })
      expect([answer.status, answer.location?.pathname]).toEqual([303, '/login'])
      const body = new URLSearchParams({ action: 'approve', csrf: readyForm(login, 'login').body.get('csrf') ?? '' })
      const posted = await world.send(`${path}?id=${id}`, { method: 'POST', headers: { cookie }, body })
      expect([403, 404, 405]).toContain(posted.status)
      expect(posted.headers.get('location')).toBeNull()
    }
    expect((await world.send(`/login?id=${id}`, { headers: { cookie } })).status).toBe(200)
  })

  test('E16 the marks of a browser are no sign-in: device, browser, a session that has ended', async () => {
    const { person } = await signIn(world)
    await person.browser.press(await person.browser.open(`${world.issuer}/logout`), 'logout')
    const cookie = cookiesOf(world, person)
    expect(cookie).toContain('signet-device=')
    const renamed = cookie.replace('signet-device', 'signet-session')
    for (const marks of [cookie, renamed]) {
      const answer = await world.send(authorizeUrl(world, c1, { prompt: 'none' }), { headers: { cookie: marks } })
      expect(answer.location?.searchParams.get('error')).toBe('login_required')
    }
  })

  test('E16 tokens are no sign-in: nothing but the cookie speaks for a browser', async () => {
    const tokens = await signIn(world)
    for (const token of [tokens.access, tokens.id, tokens.refresh]) {
      const headers = { authorization: `Bearer ${token}`, cookie: `signet-session=${token}` }
      const answer = await world.send(authorizeUrl(world, c1, { prompt: 'none', id_token_hint: tokens.id }), {
        headers,
      })
      expect(answer.location?.searchParams.get('error')).toBe('login_required')
    }
    const grant = await postForm(
      world,
      '/token',
      { grant_type: 'password', username: u1.username, password: u1.password },
      c1,
    )
    expect([grant.status, grant.json.error]).toEqual([400, 'unsupported_grant_type'])
  })
})
