import { describe, expect, test } from 'vitest'
import { assets } from '#pages/assets.ts'
import { expectSafeHeaders } from './support/answers.ts'
import { list } from './support/list.ts'
import { authorizeUrl, type Changes, cookiesOf, getCode, personOf, postForm, redeem, signIn } from './support/steps.ts'
import { type Answer, theWorld } from './support/world.ts'

const world = await theWorld()
const documents = list(
  '/.well-known/openid-configuration /.well-known/oauth-authorization-server /.well-known/jwks.json',
)
const dynamic = list(
  '/ /authorize /authorize/continue /login /consent /select-account /logout /logout/confirm /token /userinfo /introspect /revoke /nowhere',
)

describe('A20 shared caches keep nothing that belongs to somebody', () => {
  test('A20 whatever is asked, by whomever and by any method, only documents and assets may be kept', async () => {
    const { person, access } = await signIn(world)
    const cookie = cookiesOf(world, person)
    for (const path of dynamic) {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'DELETE']) {
        for (const headers of [{}, { cookie }, { authorization: `Bearer ${access}` }, { origin: 'https://c1.test' }]) {
          const answer = await world.send(path, { method, headers: new Headers(headers) })
          expect(answer.headers.get('cache-control'), `${method} ${path}`).toBe('no-store')
        }
      }
    }
  })

  test('A20 every step of a flow, its redirects included', async () => {
    const { person } = await signIn(world)
    const cookie = cookiesOf(world, person)
    const steps: Changes[] = [
      {},
      { prompt: 'none' },
      { prompt: 'login' },
      { prompt: 'consent' },
      { prompt: 'select_account' },
      { response_mode: 'form_post' },
      { scope: '"' },
      { client_id: 'x' },
    ]
    for (const changes of steps) {
      for (const sent of ['', cookie]) {
        const answer = await world.send(authorizeUrl(world, world.c1, changes), { headers: { cookie: sent } })
        expect(answer.headers.get('cache-control')).toBe('no-store')
        expect(answer.headers.get('expires') ?? answer.headers.get('etag')).toBeNull()
        if (answer.location?.origin !== world.issuer) continue
        const page = await world.send(answer.location, { headers: { cookie: cookieOf(answer, sent) } })
        expect(page.headers.get('cache-control')).toBe('no-store')
      }
    }
    const granted = await getCode(world, { person })
    expect((await redeem(world, granted)).headers.get('cache-control')).toBe('no-store')
    expect((await redeem(world, granted)).headers.get('cache-control')).toBe('no-store')
  })

  test('A20 what may be kept sets no cookie, is the same for everybody, and says for how long', async () => {
    const { person } = await signIn(world)
    const cookie = cookiesOf(world, person)
    for (const path of [...documents, ...assets.keys()]) {
      const [alone, signedIn] = [
        await world.send(path),
        await world.send(path, { headers: { cookie, origin: 'https://x.test' } }),
      ]
      expect(alone.status, path).toBe(200)
      expect(alone.headers.get('cache-control'), path).toMatch(/^public, max-age=\d+(, immutable)?$/)
      expect([...alone.headers.getSetCookie(), ...signedIn.headers.getSetCookie()], path).toEqual([])
      expect(signedIn.text, path).toBe(alone.text)
      const credentials = signedIn.headers.get('access-control-allow-credentials')
      expect([signedIn.headers.get('access-control-allow-origin') ?? '*', credentials], path).toEqual(['*', null])
    }
  })

  test('A20 an error at the address of a document is not kept in its place', async () => {
    for (const path of [...documents, ...assets.keys()]) {
      const answer = await world.send(path, { method: 'POST' })
      expect(answer.headers.get('cache-control'), path).toBe('no-store')
    }
  })

  test('A20 an answer that depends on the origin says so', async () => {
    for (const path of ['/token', '/userinfo', '/revoke']) {
      const allowed = await world.send(path, { method: 'POST', headers: { origin: 'https://c1.test' } })
      expect(allowed.headers.get('access-control-allow-origin')).toBe('https://c1.test')
      expect(allowed.headers.get('vary')?.toLowerCase()).toContain('origin')
      const foreign = await world.send(path, { method: 'POST', headers: { origin: 'https://evil.test' } })
      expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    }
    for (const path of ['/', '/authorize', '/login', '/consent', '/logout', '/introspect']) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const answer = await world.send(path, {
          method,
          headers: { origin: 'https://c1.test', 'access-control-request-method': 'POST' },
        })
        expect(answer.headers.get('access-control-allow-origin'), `${method} ${path}`).toBeNull()
      }
    }
  })
})

function cookieOf(answer: Answer, known: string): string {
  return (
    known ||
    answer.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
  )
}

/** Addresses that a browser would load or send something to by itself. */
function loaded(html: string): readonly string[] {
  const sources = [
    ...html.matchAll(
      /<(?:img|script|iframe|embed|object|video|audio|source|link)\b[^>]*?\b(?:src|href|data|srcset)="([^"]*)"/gi,
    ),
  ]
  const styles = [...html.matchAll(/url\(([^)]*)\)|@import\s+["']([^"']+)/gi)]
  return [...sources, ...styles]
    .map(([, one, other]) => one ?? other ?? '')
    .filter((address) => !address.startsWith('data:'))
}

describe('A21 no page tells another site where it is', () => {
  test('A21 every page: no-referrer, and nothing from elsewhere', async () => {
    const page = 'https://cdn.evil.test/logo.png'
    const uris = {
      logoUri: page,
      policyUri: 'https://c1.test/privacy',
      tosUri: 'https://c1.test/terms',
      clientUri: 'https://c1.test/',
    }
    await world.server.clients.update('c1', uris, 'test')
    const person = personOf(world, world.u1)
    const login = await person.browser.open(authorizeUrl(world, world.c1, { prompt: 'consent' }))
    const consent = await person.signIn(login)
    const formPost = await person.goOn(
      await person.browser.open(authorizeUrl(world, world.c2, { response_mode: 'form_post' })),
    )
    expect(formPost.left).toBe(true)
    const pages = [
      login,
      consent,
      await person.browser.open(authorizeUrl(world, world.c1, { prompt: 'select_account' })),
      await person.browser.open(authorizeUrl(world, world.c2, { response_mode: 'form_post' })),
      await person.browser.open(authorizeUrl(world, world.c1, { redirect_uri: 'https://evil.test/cb?code=secret' })),
      await person.browser.open(`${world.issuer}/`),
      await person.browser.open(`${world.issuer}/logout`),
      await person.browser.open(`${world.issuer}/login?id=unknown`),
    ]
    for (const { headers, text, title, status } of pages) {
      expect(status, title).toBeGreaterThan(0)
      expectSafeHeaders(headers, title)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy, title).toContain("img-src 'self' data:;")
      expect(policy, title).not.toContain('https: ')
      for (const address of loaded(text)) expect(new URL(address, world.issuer).origin, title).toBe(world.issuer)
      expect(text, title).not.toMatch(/name="referrer" content="(?!no-referrer")/)
      for (const [link] of text.matchAll(/<a [^>]*href="https?:[^>]*>/g)) expect(link, title).toContain('noreferrer')
    }
    for (const [path, { body }] of assets)
      expect(
        loaded(String(body)).filter((address) => /^(https?:)?\/\//.test(address)),
        path,
      ).toEqual([])
  })

  test('A21 redirects carry it too', async () => {
    const { person } = await signIn(world)
    for (const changes of [{}, { prompt: 'none' }, { scope: '"' }]) {
      const answer = await world.send(authorizeUrl(world, world.c1, changes), {
        headers: { cookie: cookiesOf(world, person) },
      })
      expect(answer.status).toBe(303)
      expectSafeHeaders(answer.headers)
    }
    expectSafeHeaders((await postForm(world, '/token', {})).headers)
  })

  test('A21 no page of ours has a code, a token or a password in its address', async () => {
    const person = personOf(world, world.u1)
    const login = await person.browser.open(
      authorizeUrl(world, world.c1, { login_hint: 'u1', prompt: 'login consent' }),
    )
    const consent = await person.signIn(login)
    for (const { url } of [login, consent]) expect([...url.searchParams.keys()]).toEqual(['id'])
  })
})
