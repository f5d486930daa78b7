import { describe, expect, test } from 'vitest'
import { changed, cookieSet, postReady, readyForm } from './support/forms.ts'
import { authorizeUrl, cookiesOf, getCode, personOf } from './support/steps.ts'
import { type Answer, theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, c2, u1, u2, server } = world
const pages = ['/login', '/consent', '/select-account', '/authorize/continue']

/** The friendly page: nothing of the request is told, and nothing is led on. */
function expectStartAgain(answer: Answer, status = 400): void {
  expect(answer.status).toBe(status)
  expect(answer.headers.get('location')).toBeNull()
  expect(answer.text).toContain('<h1>')
  expect(cookieSet(answer, 'signet-session')).toBeUndefined()
  for (const secret of ['people.test', 'a-state', 'a-nonce', 'c1.test', 'c2.test']) {
    expect(answer.text).not.toContain(secret)
  }
}

describe('E03 a request belongs to the browser that began it', () => {
  test('E03 another browser can neither see nor finish it, at any of its pages', async () => {
    const attacker = personOf(world, u2)
    const login = await attacker.browser.open(authorizeUrl(world, c1))
    const { id } = Object.fromEntries(login.url.searchParams)
    const { person: victim } = await getCode(world)
    const form = readyForm(login, 'login', { username: u1.username, password: u1.password })
    for (const cookie of [cookiesOf(world, victim), '', 'signet-browser=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']) {
      for (const page of pages) {
        const url = `${page}?id=${id}`
        expectStartAgain(await world.send(url, { headers: { cookie } }))
        for (const action of ['approve', 'login', 'deny', 'switch', 'continue']) {
          const body = new URLSearchParams({ ...Object.fromEntries(form.body), action })
          if (page !== '/authorize/continue')
            expectStartAgain(await world.send(url, { method: 'POST', body, headers: { cookie } }))
        }
      }
    }
    const asked = await attacker.signIn(login)
    expect(asked.url.searchParams.get('id')).toBe(id)
  })

  test('E03 nor after the person there has signed in: the consent is theirs alone', async () => {
    const victim = personOf(world, u1)
    const asked = await victim.signIn(await victim.browser.open(authorizeUrl(world, c2)))
    const { person: attacker } = await getCode(world, { user: u2, client: c2 })
    const answer = await postReady(world, readyForm(asked, 'approve'), { cookie: cookiesOf(world, attacker) })
    expectStartAgain(answer)
    expect((await victim.consent(asked)).url.searchParams.get('code')).toMatch(/^code_/)
  })

  test('E03 a request that a form began is bound to the first browser that shows itself', async () => {
    const begun = await world.send('/authorize', { method: 'POST', body: authorizeUrl(world, c1).searchParams })
    const url = begun.location?.href ?? ''
    expect(begun.headers.getSetCookie()).toEqual([])
    const [first, second] = [personOf(world, u1), personOf(world, u2)]
    const page = await first.browser.open(url)
    expect(page.title).toContain('Sign in')
    expectStartAgain(await world.send(url, { headers: { cookie: cookiesOf(world, (await getCode(world)).person) } }))
    expect((await second.browser.open(url)).status).toBe(400)
    expect((await first.goOn(page)).url.searchParams.get('code')).toMatch(/^code_/)
  })

  test('E03 a form without the cookie of a browser binds nothing and sets none', async () => {
    const begun = await world.send('/authorize', { method: 'POST', body: authorizeUrl(world, c1).searchParams })
    const id = begun.location?.searchParams.get('id')
    for (const page of ['/login', '/consent', '/select-account']) {
      const answer = await world.send(`${page}?id=${id}`, { method: 'POST', body: new URLSearchParams({ csrf: 'x' }) })
      expectStartAgain(answer)
      expect(answer.headers.getSetCookie()).toEqual([])
    }
    expect((await personOf(world, u1).follow(begun.location ?? '')).url.searchParams.get('code')).toMatch(/^code_/)
  })

  test('E03 ids that were never given lead to the same page', async () => {
    const { person } = await getCode(world)
    const cookie = cookiesOf(world, person)
    const ids = [
      '',
      'x',
      'ref_',
      `ref_${'A'.repeat(32)}`,
      '../x',
      '__proto__',
      'null',
      "' OR 1=1 --",
      'a'.repeat(5000),
      '\0',
    ]
    for (const id of ids) {
      for (const page of pages) {
        const url = new URL(page, world.issuer)
        url.searchParams.set('id', id)
        expectStartAgain(await world.send(url, { headers: { cookie } }))
      }
    }
  })
})

describe('E03 tabs, stale forms and the back button', () => {
  test('E03 tabs side by side each get their own answer', async () => {
    const person = personOf(world, u1)
    await person.browser.open(authorizeUrl(world, c1))
    const tabs = await Promise.all(
      [c1, c2, c1, c2].map((client, tab) =>
        person.browser.open(authorizeUrl(world, client, { state: `tab-${tab}`, prompt: 'consent' })),
      ),
    )
    const states: (string | null)[] = []
    for (const tab of tabs.toReversed()) states.push((await person.goOn(tab)).url.searchParams.get('state'))
    expect(states).toEqual(['tab-3', 'tab-2', 'tab-1', 'tab-0'])
  })

  test('E03 a form of a request that is answered, and the way back to it, end in the friendly page', async () => {
    const person = personOf(world, u1)
    const login = await person.browser.open(authorizeUrl(world, c1, { prompt: 'consent' }))
    const asked = await person.signIn(login)
    const done = await person.consent(asked)
    expect(done.url.searchParams.get('code')).toMatch(/^code_/)
    const cookie = cookiesOf(world, person)
    const forms = [
      readyForm(login, 'login', { username: u1.username, password: u1.password }),
      readyForm(asked, 'approve'),
    ]
    for (const form of forms) {
      const answer = await postReady(world, form, { cookie })
      expect([answer.status, answer.headers.get('location'), answer.headers.getSetCookie()]).toEqual([409, null, []])
    }
    for (const page of pages) {
      const answer = await world.send(`${page}?id=${login.url.searchParams.get('id')}`, { headers: { cookie } })
      expect(answer.status, page).toBe(409)
    }
  })

  test('E03 a form that lay for longer than a request lives ends there too', async () => {
    const person = personOf(world, u1)
    const login = await person.browser.open(authorizeUrl(world, c1))
    const [form, cookie] = [
      readyForm(login, 'login', { username: u1.username, password: u1.password }),
      cookiesOf(world, person),
    ]
    server.clock.move(30 * 60 + 1)
    expectStartAgain(await postReady(world, form, { cookie }))
    expectStartAgain(await world.send(login.url, { headers: { cookie } }))
  })

  test('E03 the consent form of a person who has signed out, or signed in anew, decides nothing', async () => {
    const person = personOf(world, u1)
    const asked = await person.signIn(await person.browser.open(authorizeUrl(world, c1, { prompt: 'consent' })))
    const form = readyForm(asked, 'approve')
    const again = await person.browser.open(authorizeUrl(world, c2, { prompt: 'login' }))
    await person.signIn(again)
    expect((await postReady(world, form, { cookie: cookiesOf(world, person) })).status).toBe(403)
    await person.browser.press(await person.browser.open(`${world.issuer}/logout`), 'logout')
    expect((await postReady(world, form, { cookie: cookiesOf(world, person) })).status).toBe(403)
    expect((await postReady(world, changed(form, { csrf: undefined }), { cookie: '' })).status).toBe(400)
  })

  test('E03 a person who signs out while a request waits can sign in for it again', async () => {
    const person = personOf(world, u1)
    const asked = await person.signIn(await person.browser.open(authorizeUrl(world, c1, { prompt: 'consent' })))
    await person.browser.press(await person.browser.open(`${world.issuer}/logout`), 'logout')
    const again = await person.signIn(await person.browser.open(asked.url))
    expect(again.url.pathname).toBe('/consent')
    const done = await person.goOn(again)
    expect(done.url.searchParams.get('code')).toMatch(/^code_/)
  })
})
