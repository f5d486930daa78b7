import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { readForms } from '#test/support/html-form.ts'
import { aBrowser } from '#test/support/http-browser.ts'
import { cookieSet, readyForm } from './support/forms.ts'
import { type Got, requestFrom } from './support/request-from.ts'
import { authorizeUrl, cookiesOf, getCode, personOf } from './support/steps.ts'
import { aWorld, theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, u1 } = world
const issuer = 'https://id.test'
const secure = await aWorld({ flags: { issuer, 'listen.trustProxy': '127.0.0.1' } })
afterEach(() => secure.check())
afterAll(() => secure.close())

const throughProxy = { host: 'id.test', 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https' }

/** One browser behind the proxy: signs in and answers every `Set-Cookie` on the way. */
async function signInThroughProxy() {
  const { jar } = aBrowser({ knows: [issuer] })
  const lines: string[] = []
  const { port } = secure.server
  async function send(url: URL, body?: URLSearchParams): Promise<Got> {
    const headers = { ...throughProxy, cookie: jar.header(url), ...(body && { origin: 'null' }) }
    const got = await requestFrom({
      port,
      path: url.pathname + url.search,
      method: body ? 'POST' : 'GET',
      headers,
      body,
    })
    jar.take(url, got.headers.getSetCookie())
    lines.push(...got.headers.getSetCookie())
    return got
  }
  const next = (got: Got) => new URL(got.headers.get('location') ?? '', issuer)
  const begun = await send(new URL(`/authorize${authorizeUrl(secure, secure.c1).search}`, issuer))
  const page = await send(next(begun))
  const [form] = readForms(page.text, next(begun))
  const { username, password } = secure.u1
  const body = new URLSearchParams({ ...Object.fromEntries(form?.fields ?? []), username, password, action: 'login' })
  const answer = await send(form?.action ?? new URL(issuer), body)
  secure.keepSecret(...lines.map((line) => /=([^;]{16,})/.exec(line)?.[1]))
  return { jar, lines, answer, page, send, next }
}

describe('E10 cookies on https', () => {
  test('E10 every cookie is __Host-, Secure, HttpOnly, SameSite=Lax, without a Domain', async () => {
    const { lines, answer } = await signInThroughProxy()
    expect(answer.status).toBe(303)
    expect(new Set(lines.map((line) => line.split('=')[0]))).toEqual(
      new Set(['__Host-signet-browser', '__Host-signet-session', '__Host-signet-device']),
    )
    for (const line of lines) {
      const attributes = line
        .split('; ')
        .slice(1)
        .map((one) => one.toLowerCase())
      expect(attributes).toEqual(expect.arrayContaining(['path=/', 'httponly', 'secure', 'samesite=lax']))
      expect(attributes.filter((one) => one.startsWith('domain'))).toEqual([])
      // Only what proves the session ends with the browser; the other two open nothing.
      const endsWithBrowser = !attributes.some((one) => one.startsWith('max-age'))
      expect(endsWithBrowser).toBe(line.startsWith('__Host-signet-session='))
    }
  })

  test('E10 a cookie without the prefix, as http or a sibling host could set it, counts for nothing', async () => {
    const { jar, send } = await signInThroughProxy()
    const plain = jar.header(new URL(issuer)).replaceAll('__Host-', '')
    const path = `/authorize${authorizeUrl(secure, secure.c1, { prompt: 'none' }).search}`
    const ask = (cookie: string) =>
      requestFrom({ port: secure.server.port, path, headers: { ...throughProxy, cookie } })
    for (const cookie of [
      plain,
      plain.toUpperCase(),
      plain.replaceAll('signet', '__Secure-signet'),
      plain.replaceAll('signet', '__host-signet'),
    ]) {
      expect((await ask(cookie)).headers.get('location'), cookie.slice(0, 20)).toContain('error=login_required')
    }
    expect((await send(new URL(path, issuer))).headers.get('location')).toContain('error=consent_required')
  })

  test('E10 https answers carry HSTS, and http ones do not', async () => {
    const { page } = await signInThroughProxy()
    expect(page.headers.get('strict-transport-security')).toMatch(/^max-age=31536000/)
    expect((await world.send('/')).headers.get('strict-transport-security')).toBeNull()
  })

  test('E10 signing out takes the same cookie away', async () => {
    const { send } = await signInThroughProxy()
    const asked = await send(new URL('/logout', issuer))
    const [form] = readForms(asked.text, new URL('/logout', issuer))
    const done = await send(
      form?.action ?? new URL(issuer),
      new URLSearchParams([...(form?.fields ?? []), ['action', 'logout']]),
    )
    const [line = ''] = done.headers.getSetCookie()
    expect(line).toMatch(/^__Host-signet-session=; .*Path=\/; .*Secure/i)
  })
})

describe('E10 cookies on http, which is for this machine only', () => {
  test('E10 HttpOnly, SameSite=Lax, no Domain, and no prefix that browsers would refuse', async () => {
    const person = personOf(world, u1)
    const page = await person.browser.open(authorizeUrl(world, c1))
    const { action, body } = readyForm(page, 'login', { username: u1.username, password: u1.password })
    const answer = await world.send(action, { method: 'POST', body, headers: { cookie: cookiesOf(world, person) } })
    expect(answer.headers.getSetCookie().map((line) => line.split('=')[0])).toEqual(['signet-session', 'signet-device'])
    for (const line of answer.headers.getSetCookie()) {
      expect(line).toMatch(/; Path=\/(;|$)/)
      expect(line).toMatch(/; HttpOnly(;|$)/)
      expect(line).toMatch(/; SameSite=Lax(;|$)/)
      expect(line).not.toMatch(/Domain=|Secure/i)
    }
  })
})

describe('E10 what a browser might send instead', () => {
  const silent = () => authorizeUrl(world, c1, { prompt: 'none' })
  const errorWith = async (cookie: string | string[]) => {
    const { pathname, search } = silent()
    const got = await requestFrom({
      port: world.server.port,
      path: pathname + search,
      headers: { host: new URL(world.issuer).host, cookie },
    })
    return { status: got.status, error: /[?&]error=([a-z_]+)/.exec(got.headers.get('location') ?? '')?.[1] }
  }

  test('E10 forged, huge and broken cookies are no session and no fault of ours', async () => {
    const texts = [
      'x',
      '=',
      ';',
      ';;;=;',
      '%',
      '%zz',
      '"',
      '\\"',
      '\x80',
      '[object Object]',
      'a'.repeat(8000),
      `${'a='.repeat(3000)}`,
    ]
    for (const text of texts) {
      for (const cookie of [`signet-session=${text}`, `signet-browser=${text}`, text, `${text}=signet-session`]) {
        expect(await errorWith(cookie), cookie.slice(0, 40)).toEqual({ status: 303, error: 'login_required' })
      }
    }
    const many = Array.from({ length: 500 }, (_, at) => `c${at}=${at}`).join('; ')
    expect(await errorWith(many)).toEqual({ status: 303, error: 'login_required' })
    expect((await errorWith(`signet-session=${'a'.repeat(20_000)}`)).status).toBe(431)
  })

  test('E10 a second cookie of the same name cannot become a session that neither is', async () => {
    const session = (person: Parameters<typeof cookiesOf>[1]) =>
      /signet-session=[^;]+/.exec(cookiesOf(world, person))?.[0] ?? ''
    const [mine, theirs] = [
      session((await getCode(world)).person),
      session((await getCode(world, { user: world.u2 })).person),
    ]
    const hint = (await world.server.stores.users.findByName('u1'))?.sub
    expect(hint).toBe(u1.sub)
    for (const cookie of [
      `${mine}; signet-session=x`,
      `signet-session=x; ${mine}`,
      `${mine}; ${mine}`,
      [mine, 'signet-session=x'],
    ]) {
      const { status, error } = await errorWith(cookie)
      expect([status, ['login_required', undefined].includes(error)]).toEqual([303, true])
    }
    expect([await errorWith(`${mine}; ${theirs}`), await errorWith(`${theirs}; ${mine}`)]).toEqual([
      { status: 303, error: undefined },
      { status: 303, error: undefined },
    ])
    for (const name of [
      'Signet-Session',
      'SIGNET-SESSION',
      ' signet-session',
      'signet-session ',
      'signet_session',
      'xsignet-session',
      '__Host-signet-session',
    ]) {
      const isSame = name.trim() === 'signet-session'
      const error = isSame ? undefined : 'login_required'
      expect(await errorWith(mine.replace('signet-session', name)), name).toEqual({ status: 303, error })
    }
  })

  test('E10 pages live with them too', async () => {
    const person = personOf(world, u1)
    const page = await person.browser.open(authorizeUrl(world, c1))
    for (const cookie of [
      'signet-browser=',
      `signet-browser=${'a'.repeat(8000)}`,
      'signet-browser=%',
      'signet-device=%;signet-browser=x',
    ]) {
      const answer = await world.send(page.url, { headers: { cookie } })
      expect(answer.status).toBe(400)
      expect(cookieSet(answer, 'signet-session')).toBeUndefined()
    }
  })
})
