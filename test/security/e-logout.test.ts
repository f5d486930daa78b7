import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { changed, postReady, readyForm } from './support/forms.ts'
import { list } from './support/list.ts'
import { authorizeUrl, cookiesOf, introspect, signIn, type Tokens } from './support/steps.ts'
import { type Answer, theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, c2, u1, u2, server, issuer } = world
const bye = 'https://c1.test/bye'

async function isSignedIn({ person, client }: Tokens): Promise<boolean> {
  const headers = { cookie: cookiesOf(world, person) }
  const answer = await world.send(authorizeUrl(world, client, { prompt: 'none' }), { headers })
  return answer.location?.searchParams.get('error') !== 'login_required'
}

/** By a link, by a form of our own site, and by a form or a picture of another one, which shows no cookie. */
async function tryEverything(victim: Tokens, fields: Record<string, string>): Promise<Answer[]> {
  const cookie = cookiesOf(world, victim.person)
  const body = new URLSearchParams(fields)
  const query = `/logout?${body}`
  const picture = { accept: 'image/*', 'sec-fetch-dest': 'image', 'sec-fetch-site': 'cross-site' }
  return [
    await world.send(query, { headers: { cookie } }),
    await world.send(query, { headers: { cookie, ...picture } }),
    await world.send(query, { headers: picture }),
    await world.send('/logout', { method: 'POST', body, headers: { cookie } }),
    await world.send('/logout', {
      method: 'POST',
      body,
      headers: { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' },
    }),
  ]
}

function expectNothingEnded(answers: readonly Answer[], because: string): void {
  for (const answer of answers) {
    expect([200, 303], because).toContain(answer.status)
    expect(answer.location?.origin ?? issuer, because).toBe(issuer)
    expect(
      answer.headers.getSetCookie().filter((line) => line.includes('signet-session')),
      because,
    ).toEqual([])
  }
  expect(answers[0]?.text, because).toContain('id="logout"')
}

const victim = await signIn(world)

describe('E14 nobody signs another person out', () => {
  test('E14 without a hint, whatever else is there: the person is asked', async () => {
    const wishes: Record<string, string>[] = [
      {},
      { client_id: 'c1' },
      { client_id: 'nobody' },
      { logout_hint: u1.username },
    ]
    wishes.push({ client_id: 'c1', post_logout_redirect_uri: bye }, { post_logout_redirect_uri: bye }, { state: 'x' })
    for (const wish of wishes) expectNothingEnded(await tryEverything(victim, wish), JSON.stringify(wish))
    expect(await isSignedIn(victim)).toBe(true)
  })

  test("E14 with a hint of somebody else, of another client or another session of the attacker's", async () => {
    for (const client of [c1, c2, world.p1]) {
      const attacker = await signIn(world, { user: u2, client })
      for (const more of [{}, { client_id: client.id }, { state: 'x' }]) {
        const [shown, picture, , posted] = await tryEverything(victim, { id_token_hint: attacker.id, ...more })
        expectNothingEnded(
          [shown, picture, posted].filter((answer) => answer !== undefined),
          client.id,
        )
      }
      expect(await isSignedIn(victim)).toBe(true)
    }
  })

  test("E14 a form of another site with the attacker's own hint leaves the person's cookie alone", async () => {
    const attacker = await signIn(world, { user: u2 })
    const body = new URLSearchParams({ id_token_hint: attacker.id, post_logout_redirect_uri: bye })
    for (const method of ['POST', 'GET']) {
      const answer = await world.send(
        method === 'GET' ? `/logout?${body}` : '/logout',
        method === 'GET' ? {} : { method, body },
      )
      expect(answer.headers.getSetCookie()).toEqual([])
    }
    expect(await isSignedIn(victim)).toBe(true)
    expect(await isSignedIn(attacker)).toBe(false)
  })

  test('E14 with a hint that is none of ours', async () => {
    const hints = await forgedHints(victim)
    for (const [name, id_token_hint] of Object.entries(hints)) {
      for (const more of [{}, { post_logout_redirect_uri: bye }, { client_id: 'c1', post_logout_redirect_uri: bye }]) {
        expectNothingEnded(await tryEverything(victim, { id_token_hint, ...more }), name)
      }
    }
    expect(await isSignedIn(victim)).toBe(true)
    expect((await introspect(world, c1, victim.access)).json.active).toBe(true)
  })

  test('E14 with a hint and a client_id that do not belong together', async () => {
    for (const client_id of ['c2', 'p1', 'nobody', 'C1', 'rs1']) {
      const fields = { id_token_hint: victim.id, client_id, post_logout_redirect_uri: bye }
      expectNothingEnded(await tryEverything(victim, fields), client_id)
    }
    expect(await isSignedIn(victim)).toBe(true)
  })

  test('E14 the confirmation is guarded: no token, another page’s, another person’s, another site’s', async () => {
    const page = await victim.person.browser.open(`${issuer}/logout`)
    const other = await signIn(world, { user: u2 })
    const theirs = readyForm(await other.person.browser.open(`${issuer}/logout`), 'logout').body.get('csrf') ?? ''
    const form = readyForm(page, 'logout')
    const cookie = cookiesOf(world, victim.person)
    for (const csrf of [undefined, '', 'x', theirs, form.body.get('csrf')?.slice(1)]) {
      expect((await postReady(world, changed(form, { csrf }), { cookie })).status).toBe(403)
    }
    for (const headers of [
      { origin: 'https://evil.test' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect((await postReady(world, form, { cookie, headers: headers as Record<string, string> })).status).toBe(403)
    }
    const query = `${form.action.pathname}?${form.body}`
    expect((await world.send(query, { headers: { cookie } })).location?.pathname).toBe('/logout')
    const stayed = await postReady(world, changed(form, { action: 'stay' }), { cookie })
    expect(stayed.location?.pathname).toBe('/')
    expect(await isSignedIn(victim)).toBe(true)
  })
})

describe('E14 and A12 no sign-out leads where it was not registered to lead', () => {
  const elsewhere = [
    ...list(`https://evil.test //evil.test /\\evil.test https://c1.test/bye/ https://c1.test/BYE https://c1.test/bye?x=1
      https://c1.test/bye#x https://c1.test/cb https://c2.test/bye https://c1.test@evil.test/bye javascript:alert(1)
      data:text/html,x http://c1.test/bye https://c1.test:443/bye /bye c1.test/bye https://c1.test/bye%20 https:c1.test/bye`),
    ' https://c1.test/bye',
    'https://c1.test/bye\n',
  ]

  test('E14 with a valid hint, signed in or not', async () => {
    for (const uri of elsewhere) {
      const fields = { id_token_hint: victim.id, post_logout_redirect_uri: uri }
      for (const answer of await tryEverything(victim, fields)) {
        expect(answer.location?.origin ?? issuer, uri).toBe(issuer)
        expect(answer.text, uri).not.toContain('evil.test')
      }
      const nobody = await world.send(`/logout?${new URLSearchParams(fields)}`)
      expect([nobody.status, nobody.location], uri).toEqual([200, undefined])
    }
    expect(await isSignedIn(victim)).toBe(true)
  })

  test('E14 nor through the confirmation, whatever its address says', async () => {
    const cookie = cookiesOf(world, victim.person)
    const form = readyForm(await victim.person.browser.open(`${issuer}/logout`), 'logout')
    for (const uri of elsewhere) {
      const action = new URL(form.action)
      action.search = new URLSearchParams({ client_id: 'c1', post_logout_redirect_uri: uri }).toString()
      const answer = await postReady(world, changed({ ...form, action }, { action: 'stay' }), { cookie })
      expect(answer.location?.href, uri).toBe(`${issuer}/`)
    }
    const action = new URL(form.action)
    action.search = new URLSearchParams({ client_id: 'c1', post_logout_redirect_uri: 'https://evil.test' }).toString()
    const ended = await postReady(world, { ...form, action }, { cookie })
    expect([ended.status, ended.location]).toEqual([200, undefined])
    expect(await isSignedIn(victim)).toBe(false)
  })

  test('E14 nor to a client that is disabled', async () => {
    const tokens = await signIn(world, { client: c2 })
    await server.clients.disable('c2', 'test')
    for (const more of [{ id_token_hint: tokens.id }, { client_id: 'c2' }]) {
      const fields = new URLSearchParams({ ...more, post_logout_redirect_uri: 'https://c2.test/bye' })
      const answer = await world.send(`/logout?${fields}`)
      expect(answer.location).toBeUndefined()
    }
    await server.clients.enable('c2', 'test')
  })

  test('E14 an honest sign-out, with an expired hint as well, leads where it was registered', async () => {
    const tokens = await signIn(world)
    server.clock.move(3600)
    const fields = { id_token_hint: tokens.id, post_logout_redirect_uri: bye, state: 'back' }
    const answer = await world.send(`/logout?${new URLSearchParams(fields)}`, {
      headers: { cookie: cookiesOf(world, tokens.person) },
    })
    expect(answer.location?.href).toBe(`${bye}?state=back`)
    expect(await isSignedIn(tokens)).toBe(false)
    expect((await introspect(world, c1, tokens.access)).json).toEqual({ active: false })
  })
})

/** Hints that say what a real one says, but that we did not sign. */
async function forgedHints({ id, access, refresh: token }: Tokens): Promise<Record<string, string>> {
  const [head = '', body = '', signature = ''] = id.split('.')
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = decode(body)
  const header = { ...decode(head), alg: 'RS256' } as const
  const { privateKey } = await generateKeyPair('RS256')
  const sign = (changes: object, protect: object = {}) =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ ...header, ...protect }).sign(privateKey)
  const shared = new TextEncoder().encode(JSON.stringify((await world.send('/.well-known/jwks.json')).json))
  return {
    none: new UnsecuredJWT(claims).encode(),
    'none with the old signature': `${encode({ ...header, alg: 'none' })}.${body}.${signature}`,
    nOnE: `${encode({ ...header, alg: 'nOnE' })}.${body}.`,
    unsigned: `${head}.${body}.`,
    'another key under our kid': await sign({}),
    'a foreign kid': await sign({}, { kid: 'elsewhere' }),
    'no kid': await sign({}, { kid: undefined }),
    'a key in the header': await sign({}, { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } }),
    'a public key as a secret': await new SignJWT(claims).setProtectedHeader({ ...header, alg: 'HS256' }).sign(shared),
    'another issuer': await sign({ iss: 'https://evil.test' }),
    'changed claims': `${head}.${encode({ ...claims, sub: u2.sub })}.${signature}`,
    'an access token': access,
    'a refresh token': token,
    garbage: 'x.y.z',
    empty: '..',
    huge: `${'a'.repeat(5000)}.b.c`,
  }
}
