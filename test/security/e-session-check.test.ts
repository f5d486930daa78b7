import { afterAll, describe, expect, test } from 'vitest'
import { aSecureServer } from '#test/support/secure-server.ts'
import { expectNothingForeign, policyOf } from './support/page-policy.ts'
import { authorizeUrl, cookiesOf, getCode, personOf, signIn } from './support/steps.ts'
import { theWorld, worldOn } from './support/world.ts'

const world = await theWorld()
const { issuer, server, c1, u1 } = world
const secure = await worldOn(await aSecureServer())
afterAll(() => secure.close())

/** Where the apps are that the browser loads as it signs out. */
const frames = {
  c1: 'https://c1.test/out?tenant=1',
  c2: 'https://c2.test:8443/out',
  p1: 'http://[::1]:8080/out',
}
for (const [id, uri] of Object.entries(frames)) {
  const known = (await server.stores.clients.find(id))?.redirectUris ?? []
  const redirectUris = [...known, new URL('/cb', uri).href]
  await server.clients.update(id, { redirectUris, frontchannelLogout: { uri, sessionRequired: false } }, 'test')
}

/** A person who is signed in at all three, and leaves. */
async function signOut(more: Record<string, string> = {}) {
  const first = await signIn(world)
  for (const client of [world.c2, world.p1]) await signIn(world, { person: first.person, client })
  const query = new URLSearchParams({ id_token_hint: first.id, ...more })
  return world.send(`/logout?${query}`, { headers: { cookie: cookiesOf(world, first.person) } })
}

const plain = (markup: string) => markup.replaceAll('&#61;', '=').replaceAll('&#38;', '&')

describe('E05 one page may be framed', () => {
  test('E05 the check page, by any site; and it holds nothing but its script', async () => {
    const answer = await world.send('/session/check')
    expect(answer.headers.get('x-frame-options')).toBeNull()
    expect(policyOf(answer.headers)).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'base-uri': "'none'",
      'frame-ancestors': 'https: http:',
    })
    expect(answer.headers.getSetCookie()).toEqual([])
    expectNothingForeign(answer)
    expect(answer.text).not.toMatch(/<(form|input|a|button)\b/)
    for (const path of ['/session', '/session/', '/session/check/x'])
      expect((await world.send(path)).headers.get('x-frame-options'), path).toBe('DENY')
  })

  test('E05 the page that frames apps may not be framed, and frames no one else', async () => {
    const answer = await signOut()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-frame-options')).toBe('DENY')
    const policy = policyOf(answer.headers)
    expect(policy['frame-ancestors']).toBe("'none'")
    // A policy knows no IPv6 address.
    expect(policy['frame-src']?.split(' ').toSorted()).toEqual(['http:', 'https://c1.test', 'https://c2.test:8443'])
    const tags = [...answer.text.matchAll(/<iframe\b[^>]*>/g)].map(([tag]) => tag)
    expect(tags).toHaveLength(3)
    for (const tag of tags) expect(tag).toContain('sandbox="allow-scripts allow-same-origin" hidden')
  })

  test('E05 without apps to tell there is no frame, and none is allowed', async () => {
    const person = personOf(world, u1)
    const page = await person.browser.open(`${issuer}/logout`)
    expect(policyOf(page.headers)).not.toHaveProperty('frame-src')
    expect(page.text).not.toContain('<iframe')
  })
})

describe('A21 and A12 what the apps are told, and where it leads', () => {
  test('A21 each frame has iss and sid besides its own query, and no app learns from where or of the others', async () => {
    const answer = await signOut({ post_logout_redirect_uri: 'https://c1.test/bye', state: 'a-state' })
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    const sources = [...answer.text.matchAll(/<iframe src="([^"]*)"/g)].map(([, source = '']) => new URL(plain(source)))
    const own = sources.map(({ searchParams }) => [...searchParams.keys()].join())
    expect(own.toSorted()).toEqual(['iss,sid', 'iss,sid', 'tenant,iss,sid'])
    expect(new Set(sources.map(({ searchParams }) => searchParams.get('iss')))).toEqual(new Set([issuer]))
    for (const secret of ['a-state', 'id_token_hint', 'bye']) expect(sources.join()).not.toContain(secret)
  })

  test('A12 the page leads on to the registered address alone', async () => {
    const honest = await signOut({ post_logout_redirect_uri: 'https://c1.test/bye', state: 'a-state' })
    expect(plain(honest.text)).toContain('content="5; url=https://c1.test/bye?state=a-state"')
    const evil = await signOut({ post_logout_redirect_uri: 'https://evil.test/' })
    expect(evil.text).not.toContain('http-equiv="refresh"')
    expect(evil.text).not.toContain('evil.test')
  })

  test('A12 a client that was disabled is not loaded', async () => {
    const first = await signIn(world)
    await signIn(world, { person: first.person, client: world.c2 })
    await server.clients.disable('c2', 'test')
    const page = await first.person.browser.open(`${issuer}/logout?id_token_hint=${first.id}`)
    expect(page.text).toContain('c1.test')
    expect(page.text).not.toContain('c2.test')
    await server.clients.enable('c2', 'test')
  })
})

describe('E10 the cookie of the check page', () => {
  test('E10 on https scripts may read it and other sites’ frames are sent it, and it tells nothing of the session', async () => {
    const { person } = await getCode(secure)
    const cookies = cookiesOf(secure, person)
    const [, value = ''] = /__Host-signet-state=([\w-]+)/.exec(cookies) ?? []
    const [, session = ''] = /__Host-signet-session=([^;]+)/.exec(cookies) ?? []
    expect(session).not.toContain(value)
    const url = authorizeUrl(secure, secure.c1)
    const headers = { cookie: cookies.replace(/__Host-signet-state=[\w-]+/, '__Host-signet-state=1234567890123456') }
    const [line] = (await secure.send(url, { headers })).headers.getSetCookie()
    expect(line).toBe(`__Host-signet-state=${value}; Path=/; Secure; SameSite=None`)
  })

  test('E10 it is taken away with the session, and its absence costs nothing', async () => {
    const tokens = await signIn(world)
    const cookie = cookiesOf(world, tokens.person)
    const left = await world.send(`/logout?id_token_hint=${tokens.id}`, { headers: { cookie } })
    const cleared = left.headers.getSetCookie().find((line) => line.startsWith('signet-state='))
    expect(cleared).toMatch(/^signet-state=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/i)
    const silent = await world.send(authorizeUrl(world, c1, { prompt: 'none' }), { headers: { cookie } })
    expect(silent.location?.searchParams.get('error')).toBe('login_required')
  })

  test('E10 session_state is another one in every answer, and none without openid', async () => {
    const { person, answer } = await getCode(world)
    const again = await person.authorize(authorizeUrl(world, c1))
    const states = [answer, again].map((url) => url.searchParams.get('session_state'))
    expect(new Set(states).size).toBe(2)
    const without = await person.authorize(authorizeUrl(world, c1, { scope: 'rs1:read', nonce: undefined }))
    expect(without.searchParams.has('session_state')).toBe(false)
  })
})
