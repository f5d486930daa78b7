import { describe, expect, test } from 'vitest'
import { changed, readyForm } from './support/forms.ts'
import { expectNothingForeign, expectPagePolicy, policyOf } from './support/page-policy.ts'
import { requestFrom } from './support/request-from.ts'
import { authorizeUrl, cookiesOf, getCode, personOf } from './support/steps.ts'
import { type Answer, aWorld, theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, u1, server } = world
const html = { accept: 'text/html' }
const nowhere = "'self'"

await server.clients.create(
  {
    id: 'app',
    name: 'app',
    applicationType: 'native',
    authenticationMethod: 'none',
    redirectUris: ['com.example.app:/cb'],
    postLogoutRedirectUris: ['com.example.app:/bye'],
  },
  'test',
)
const app = { id: 'app', secret: '', method: 'none', redirectUri: 'com.example.app:/cb' } as const

function expectPage(answer: Answer, status: number, formAction: string, because: string): void {
  expect(answer.status, because).toBe(status)
  expectPagePolicy(answer, formAction, because)
  expectNothingForeign(answer, because)
}

describe('E05 and E09 no page can be framed, and every page has the strict policy', () => {
  test('E05 E09 the pages of a sign-in, its errors included', async () => {
    const person = personOf(world, u1)
    const login = await person.browser.open(authorizeUrl(world, c1))
    const form = readyForm(login, 'login', { username: u1.username, password: 'wrong' })
    const headers = { ...html, cookie: cookiesOf(world, person) }
    const post = (changes: Record<string, string | undefined>) =>
      world.send(form.action, { method: 'POST', headers, body: changed(form, changes).body })
    const leads = "'self' https:"
    expectPage(await world.send(login.url, { headers }), 200, leads, 'sign in')
    expectPage(await world.send(`${login.url}&another=1`, { headers }), 200, leads, 'sign in as another')
    expectPage(await post({}), 400, leads, 'wrong password')
    expectPage(await post({ username: '' }), 400, leads, 'no name')
    expectPage(await post({ password: '' }), 400, leads, 'no password')
    expectPage(await post({ password: 'x'.repeat(1025) }), 400, leads, 'too long')
    for (let guess = 0; guess < 10; guess++) await post({})
    expectPage(await post({}), 429, leads, 'throttled')
    expectPage(await post({ csrf: 'x' }), 403, nowhere, 'forged')
    expectPage(await post({ password: 'x'.repeat(70_000) }), 413, nowhere, 'too large')
    expectPage(await world.send('/login?id=x', { headers: html }), 400, nowhere, 'unknown request')
    server.clock.move(900)
  })

  test('E05 E09 consent, choice of an account, form_post, start again', async () => {
    const person = personOf(world, u1)
    const asked = await person.signIn(await person.browser.open(authorizeUrl(world, c1)))
    const open = async (url: string | URL) =>
      world.send(url, { headers: { ...html, cookie: cookiesOf(world, person) } })
    expectPage(await open(asked.url), 200, "'self' https:", 'consent')
    await person.consent(asked)
    const choose = await person.browser.open(authorizeUrl(world, c1, { prompt: 'select_account' }))
    expectPage(await open(choose.url), 200, "'self' https:", 'select account')
    expectPage(await open(authorizeUrl(world, c1, { response_mode: 'form_post' })), 200, "'self' https:", 'form_post')
    expectPage(await open(asked.url), 409, nowhere, 'start again')
    expectPage(await open('/'), 200, nowhere, 'home')
    expectPage(await open('/logout'), 200, nowhere, 'sign out?')
    const known = new URLSearchParams({ client_id: 'c1', post_logout_redirect_uri: 'https://c1.test/bye' })
    expectPage(await open(`/logout?${known}`), 200, "'self' https:", 'sign out and go back?')
    expectPage(await world.send('/logout', { headers: html }), 200, nowhere, 'signed out')
    expectPage(await world.send('/', { headers: html }), 200, nowhere, 'home of nobody')
  })

  test('E05 E09 errors: the request, the address, the method, the host, the store', async () => {
    expectPage(await world.send('/authorize'), 400, nowhere, 'no client')
    expectPage(
      await world.send(authorizeUrl(world, c1, { redirect_uri: 'https://evil.test' })),
      400,
      nowhere,
      'redirect',
    )
    expectPage(await world.send('/nowhere', { headers: html }), 404, nowhere, 'unknown address')
    const login = '/login?id=x'
    expect(
      (await world.send(login, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status,
    ).toBe(415)
    for (const [path, method, host, status] of [
      ['/login', 'DELETE', new URL(world.issuer).host, 405],
      ['/nowhere', 'GET', new URL(world.issuer).host, 404],
      ['/login?id=x', 'GET', 'evil.test', 421],
    ] as const) {
      const got = await requestFrom({ port: server.port, path, method, headers: { host } })
      expect(got.status).toBe(status)
      expect(policyOf(got.headers)).toEqual({ 'default-src': "'none'", 'frame-ancestors': "'none'" })
      expect(got.headers.get('x-frame-options')).toBe('DENY')
      expect(got.headers.get('content-type')).toContain('application/json')
    }
  })

  test('E05 E09 a page of a server whose stores fail', async () => {
    const broken = await aWorld({
      tamper: (stores) => ({
        ...stores,
        requests: { ...stores.requests, find: () => Promise.reject(new Error('gone')) },
      }),
    })
    const answer = await broken.send('/login?id=x')
    expectPage(answer, 500, nowhere, 'broken')
    broken.check([500])
    await broken.close()
  })
})

describe('E09 where the forms of a page may lead', () => {
  test.each([
    { client: c1, formAction: "'self' https:" },
    { client: world.p1, formAction: "'self' http:" },
    { client: app, formAction: "'self' com.example.app:" },
  ])('E09 to the scheme of the app that waits: $client.redirectUri', async ({ client, formAction }) => {
    const person = personOf(world, world.u2)
    const login = await person.browser.open(authorizeUrl(world, client))
    const headers = { cookie: cookiesOf(world, person) }
    expectPage(await world.send(login.url, { headers }), 200, formAction, 'sign in')
    const consent = await person.signIn(login)
    expectPage(
      await world.send(consent.url, { headers: { cookie: cookiesOf(world, person) } }),
      200,
      formAction,
      'consent',
    )
    expect((await person.consent(consent)).url.href).toMatch(/[?&]code=code_/)
  })

  test('E09 a redirect URI cannot write a directive of its own', async () => {
    for (const uri of [
      "https://x.test/;script-src 'unsafe-inline'",
      'https://x.test/\r\nx: y',
      'com.x;script-src:/cb',
      "com.x 'unsafe-inline':/",
    ]) {
      const made = server.clients.create(
        { id: 'evil', name: 'evil', applicationType: 'native', redirectUris: [uri] },
        'test',
      )
      await expect(made).rejects.toThrow()
    }
    const { client } = await server.clients.create(
      { name: 'semicolon', redirectUris: ['https://x.test/;script-src'] },
      'test',
    )
    const asked = { ...c1, id: client.id, redirectUri: 'https://x.test/;script-src' }
    const page = await personOf(world, u1).browser.open(authorizeUrl(world, asked))
    expect(policyOf(page.headers)['form-action']).toBe("'self' https:")
    expect(policyOf(page.headers)['script-src']).toBe("'self'")
  })

  test('E09 answers of redirects carry no policy that would stop the app', async () => {
    const { person } = await getCode(world)
    const answer = await world.send(authorizeUrl(world, c1), { headers: { cookie: cookiesOf(world, person) } })
    expect(answer.status).toBe(303)
    expect(answer.text).toBe('')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  })
})
