import { describe, expect, test } from 'vitest'
import { changed, cookieSet, postReady, type ReadyForm, readyForm } from './support/forms.ts'
import { authorizeUrl, cookiesOf, getCode, personOf, pkce } from './support/steps.ts'
import { type Answer, theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, u1, u2 } = world
const { facts, consents } = world.server.stores
const sessionsOf = (sub: string) => facts.listSessions(sub, world.server.clock.now())

/** What a browser says of a form that another page has posted. */
const foreign: readonly Record<string, string>[] = [
  { origin: 'https://evil.test' },
  { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' },
  { origin: 'null', 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { origin: world.issuer, 'sec-fetch-site': 'cross-site' },
  { origin: world.issuer.replace('http:', 'https:') },
  { origin: 'http://localhost' },
  { origin: `${world.issuer}.evil.test` },
  { origin: `http://127.0.0.1:${world.server.port}` },
  { origin: 'file://' },
]
const own: readonly Record<string, string>[] = [
  {},
  { origin: 'null' },
  { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
  { origin: 'null', 'sec-fetch-site': 'same-origin' },
]

/** The tokens that a form might be sent with, none of them its own. */
function wrongTokens(form: ReadyForm, other: string): readonly (string | undefined)[] {
  const token = form.body.get('csrf') ?? ''
  return [undefined, '', ' ', 'x', '0', token.slice(0, -1), `${token}=`, token.toUpperCase(), `${token}\0`, other]
}

function expectForbidden(answer: Answer, because: string): void {
  expect(answer.status, because).toBe(403)
  expect(answer.headers.get('location'), because).toBeNull()
  expect(answer.headers.getSetCookie(), because).toEqual([])
}

async function loginForm(user = u1) {
  const person = personOf(world, user)
  const page = await person.browser.open(authorizeUrl(world, c1))
  const { username, password } = user
  return { person, page, form: readyForm(page, 'login', { username, password }), cookie: cookiesOf(world, person) }
}

async function consentForm(user = u1) {
  const { person, page } = await loginForm(user)
  const asked = await person.signIn(page)
  return { person, page: asked, form: readyForm(asked, 'approve'), cookie: cookiesOf(world, person) }
}

describe('E01 login CSRF', () => {
  test('E01 a form without its token, or with one of another page, is refused', async () => {
    const victim = await loginForm()
    const attacker = await loginForm(u2)
    const credentials = { username: u2.username, password: u2.password }
    for (const csrf of wrongTokens(victim.form, attacker.form.body.get('csrf') ?? '')) {
      const form = changed(victim.form, { ...credentials, csrf })
      expectForbidden(await postReady(world, form, { cookie: victim.cookie }), String(csrf))
    }
    expect(await sessionsOf(u2.sub)).toEqual([])
  })

  test('E01 a form that another site posts is refused, even with the right token', async () => {
    const { form, cookie } = await loginForm(u2)
    for (const headers of foreign) {
      expectForbidden(await postReady(world, form, { cookie, headers }), JSON.stringify(headers))
    }
    expect(await sessionsOf(u2.sub)).toEqual([])
    for (const headers of own) {
      const again = await loginForm(u2)
      expect((await postReady(world, again.form, { cookie: again.cookie, headers })).status).toBe(303)
    }
  })

  test("E01 the attacker's whole form in the victim's browser signs nobody in", async () => {
    const attacker = await loginForm(u2)
    const victim = await loginForm()
    const before = (await sessionsOf(u2.sub)).length
    for (const cookie of ['', victim.cookie, 'signet-browser=', 'signet-browser=x']) {
      for (const headers of [...foreign, {}]) {
        const answer = await postReady(world, attacker.form, { cookie, headers })
        expect(answer.status).toBe(400)
        expect(answer.headers.getSetCookie()).toEqual([])
        expect(answer.headers.get('location')).toBeNull()
      }
    }
    expect(await sessionsOf(u2.sub)).toHaveLength(before)
    expect((await postReady(world, victim.form, { cookie: victim.cookie })).status).toBe(303)
  })

  test('E01 names and passwords in a URL, or in a body of another type, sign nobody in', async () => {
    const { form, cookie } = await loginForm(u2)
    const before = (await sessionsOf(u2.sub)).length
    const url = new URL(form.action)
    for (const [name, value] of form.body) url.searchParams.set(name, value)
    const answers = [await world.send(url, { headers: { cookie } })]
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/xml', '']) {
      const headers = { cookie, 'content-type': type }
      answers.push(await world.send(form.action, { method: 'POST', headers, body: form.body.toString() }))
      answers.push(await world.send(url, { method: 'POST', headers: { cookie } }))
    }
    expect(answers.every(({ status }) => status === 200 || (status >= 400 && status < 500))).toBe(true)
    expect(answers.map((answer) => cookieSet(answer, 'signet-session'))).toEqual(answers.map(() => undefined))
    expect(await sessionsOf(u2.sub)).toHaveLength(before)
  })
})

describe('E02 consent CSRF', () => {
  test('E02 a consent without its token, or posted by another site, is refused', async () => {
    const { person, form, cookie } = await consentForm()
    const other = await consentForm(u2)
    for (const csrf of wrongTokens(form, other.form.body.get('csrf') ?? '')) {
      expectForbidden(await postReady(world, changed(form, { csrf }), { cookie }), String(csrf))
    }
    for (const headers of foreign)
      expectForbidden(await postReady(world, form, { cookie, headers }), headers.origin ?? '')
    expect(await consents.find(u1.sub, c1.id)).toBeUndefined()
    expect((await postReady(world, form, { cookie })).status).toBe(303)
    expect((await consents.find(u1.sub, c1.id))?.scopes).toEqual(new Set(['openid']))
    await consents.end(u1.sub, c1.id)
    expect(cookiesOf(world, person)).toBe(cookie)
  })

  test("E02 another request's token, the login form's, or another person's at this browser do not fit", async () => {
    const { person, form } = await consentForm()
    const next = await person.browser.open(authorizeUrl(world, c1, { scope: 'openid email' }))
    const wide = readyForm(next, 'approve')
    const login = await person.browser.open(authorizeUrl(world, c1, { prompt: 'login' }))
    const tokens = [form.body.get('csrf'), readyForm(login, 'login').body.get('csrf')]
    for (const csrf of tokens) {
      expectForbidden(
        await postReady(world, changed(wide, { csrf: csrf ?? '' }), { cookie: cookiesOf(world, person) }),
        'token of another form',
      )
    }
    const asked = await person.browser.press(await person.browser.press(next, 'switch'), 'login', {
      username: u2.username,
      password: u2.password,
    })
    expectForbidden(await postReady(world, wide, { cookie: cookiesOf(world, person) }), 'shown to somebody else')
    expect(readyForm(asked, 'approve').body.get('csrf')).not.toBe(wide.body.get('csrf'))
    expect(await consents.find(u2.sub, c1.id)).toBeUndefined()
    expect(await consents.find(u1.sub, c1.id)).toBeUndefined()
  })

  test('E02 a GET allows nothing', async () => {
    const { form, cookie } = await consentForm()
    const url = new URL(form.action)
    for (const [name, value] of form.body) url.searchParams.set(name, value)
    const answer = await world.send(url, { headers: { cookie } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('location')).toBeNull()
    expect(await consents.find(u1.sub, c1.id)).toBeUndefined()
  })

  test('E02 the choice of an account is guarded the same way', async () => {
    const { person } = await getCode(world)
    const page = await person.browser.open(authorizeUrl(world, c1, { prompt: 'select_account' }))
    const [form, cookie] = [readyForm(page, 'continue'), cookiesOf(world, person)]
    for (const csrf of wrongTokens(form, pkce().verifier)) {
      expectForbidden(await postReady(world, changed(form, { csrf }), { cookie }), String(csrf))
    }
    for (const headers of foreign) expectForbidden(await postReady(world, form, { cookie, headers }), 'foreign')
    const answer = await postReady(world, form, { cookie })
    expect(answer.location?.searchParams.get('code')).toMatch(/^code_/)
  })
})
