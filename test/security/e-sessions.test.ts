import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import type { Person } from '#test/support/person.ts'
import { cookieSet, postReady, readyForm } from './support/forms.ts'
import { authorizeUrl, cookiesOf, getCode, personOf, redeem, signIn, tokensOf } from './support/steps.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, u1, u2, server } = world
const sessionOf = (person: Person) => /signet-session=([^;]+)/.exec(cookiesOf(world, person))?.[1] ?? ''
const sidOf = (cookie: string) => cookie.split('.')[0]
const codeFor = (headers: Record<string, string>) =>
  world.send(authorizeUrl(world, c1, { prompt: 'none' }), { headers })
const withSession = (cookie: string) => codeFor({ cookie: `signet-session=${cookie}` })
const claimsOf = async (granted: Awaited<ReturnType<typeof getCode>>) =>
  decodeJwt(tokensOf(await redeem(world, granted)).id)

describe('E04 the secret of a session changes at every sign-in', () => {
  test('E04 a cookie that was planted before the sign-in is not the one after it', async () => {
    await getCode(world)
    const planted = [
      `ses_${'A'.repeat(22)}.${'B'.repeat(43)}`,
      'x'.repeat(64),
      sessionOf((await getCode(world, { user: u2 })).person),
    ]
    for (const cookie of planted) {
      const person = personOf(world, u1)
      const page = await person.browser.open(authorizeUrl(world, c1))
      const form = readyForm(page, 'login', { username: u1.username, password: u1.password })
      const answer = await postReady(world, form, { cookie: `${cookiesOf(world, person)}; signet-session=${cookie}` })
      const given = cookieSet(answer, 'signet-session') ?? ''
      expect(sidOf(given)).toMatch(/^ses_/)
      expect(sidOf(given)).not.toBe(sidOf(cookie))
      expect((await withSession(cookie)).location?.searchParams.get('error')).toBe('login_required')
      expect((await withSession(given)).location?.searchParams.get('code')).toMatch(/^code_/)
    }
  })

  test('E04 signing in again: a new secret, the old one dead, the sid stays', async () => {
    const { person } = await getCode(world)
    const seen = [sessionOf(person)]
    for (const prompt of ['login', 'login', 'login']) {
      await getCode(world, { person, changes: { prompt } })
      seen.push(sessionOf(person))
      server.clock.move(61)
    }
    expect(new Set(seen).size).toBe(4)
    expect(new Set(seen.map(sidOf)).size).toBe(1)
    for (const old of seen.slice(0, -1)) {
      expect((await withSession(old)).location?.searchParams.get('error')).toBe('login_required')
    }
    expect((await withSession(seen.at(-1) ?? '')).location?.searchParams.get('code')).toMatch(/^code_/)
  })

  test('E04 somebody else at this browser: another sid, and the first session is dead with what is bound to it', async () => {
    const first = await signIn(world)
    const [before, { person }] = [sessionOf(first.person), first]
    const page = await person.browser.open(authorizeUrl(world, c1, { prompt: 'login' }))
    const asked = await person.browser.press(page, 'switch')
    await person.browser.press(asked, 'login', { username: u2.username, password: u2.password })
    expect(sidOf(sessionOf(person))).not.toBe(sidOf(before))
    expect((await withSession(before)).location?.searchParams.get('error')).toBe('login_required')
    expect(await server.stores.facts.listSessions(u2.sub, server.clock.now())).not.toEqual([])
    expect((await server.stores.facts.findSession(sidOf(before) ?? ''))?.endReason).toBe('signed_in_as_another')
  })

  test('E04 sign-out ends it at the server: the copied cookie is worth nothing', async () => {
    const { person } = await getCode(world)
    const before = sessionOf(person)
    await person.browser.press(await person.browser.open(`${world.issuer}/logout`), 'logout')
    expect(sessionOf(person)).toBe('')
    expect((await withSession(before)).location?.searchParams.get('error')).toBe('login_required')
    await getCode(world, { person })
    expect(sidOf(sessionOf(person))).not.toBe(sidOf(before))
  })

  test('E04 half a cookie, or the halves of two, open nothing', async () => {
    const [mine, theirs] = [await getCode(world), await getCode(world, { user: u2 })].map(({ person }) =>
      sessionOf(person),
    )
    const [[id, secret = ''], [otherId, otherSecret]] = [mine?.split('.') ?? [], theirs?.split('.') ?? []]
    const forged = [
      `${id}.${otherSecret}`,
      `${otherId}.${secret}`,
      `${id}.`,
      `.${secret}`,
      `${id}`,
      secret,
      `${id}.${secret}x`,
    ]
    forged.push(
      `${id}.${secret.slice(0, -1)}`,
      `${id}.${secret.toLowerCase()}`,
      `${id}..${secret}`,
      `${id}.${secret}.${secret}`,
    )
    forged.push(`${id}.${'A'.repeat(43)}`, `${mine}%00`, `"${mine}x"`, 'ses_.', '__proto__', '{}', 'j:{"id":1}')
    for (const cookie of forged) {
      expect((await withSession(cookie)).location?.searchParams.get('error'), cookie).toBe('login_required')
    }
  })

  test('E04 a session ends by idling and by age', async () => {
    const { person } = await getCode(world)
    server.clock.move(24 * 3600 + 1)
    expect((await withSession(sessionOf(person))).location?.searchParams.get('error')).toBe('login_required')
    const { person: busy } = await getCode(world)
    for (let day = 0; day < 13; day++) {
      server.clock.move(23.9 * 3600)
      expect((await withSession(sessionOf(busy))).location?.searchParams.get('code'), `day ${day}`).toMatch(/^code_/)
    }
    server.clock.move(23.9 * 3600)
    server.clock.move(3600 * 2)
    expect((await withSession(sessionOf(busy))).location?.searchParams.get('error')).toBe('login_required')
  })
})

describe('E17 a fresh sign-in is one', () => {
  test('E17 prompt=login and max_age=0 ask for the password, and auth_time is true', async () => {
    const { person } = await getCode(world)
    for (const changes of [
      { prompt: 'login' },
      { max_age: '0' },
      { max_age: '0', prompt: 'consent' },
      { max_age: '1' },
    ]) {
      server.clock.move(120)
      const start = Math.floor(server.clock.now().getTime() / 1000)
      const page = await person.browser.open(authorizeUrl(world, c1, changes))
      expect(page.title).toContain('Sign in')
      for (const path of ['/authorize/continue', '/consent', '/select-account', '/login']) {
        const skipped = await person.browser.open(`${world.issuer}${path}?id=${page.url.searchParams.get('id')}`)
        expect(skipped.url.pathname, path).toBe('/login')
      }
      const wrong = await person.signIn(page, 'not the password')
      expect([wrong.status, wrong.left]).toEqual([400, false])
      const claims = await claimsOf(await getCode(world, { person, changes }))
      expect(claims.auth_time).toBeGreaterThanOrEqual(start)
      expect(claims).toMatchObject({ sub: u1.sub, acr: 'aal1', amr: ['pwd'] })
      // What an operator is shown is what the client was told.
      const fact = await server.stores.facts.findSession(String(claims.sid))
      expect(Math.floor(Number(fact?.authTime) / 1000)).toBe(claims.auth_time)
    }
  })

  test('E17 without a fresh sign-in the old auth_time is told', async () => {
    const granted = await getCode(world)
    const { auth_time } = await claimsOf(granted)
    server.clock.move(300)
    const { person } = granted
    expect((await claimsOf(await getCode(world, { person }))).auth_time).toBe(auth_time)
    expect((await claimsOf(await getCode(world, { person, changes: { max_age: '600' } }))).auth_time).toBe(auth_time)
    const silent = await person.authorize(authorizeUrl(world, c1, { max_age: '100', prompt: 'none' }))
    expect(silent.searchParams.get('error')).toBe('login_required')
    const both = await person.authorize(authorizeUrl(world, c1, { prompt: 'none login' }))
    expect(both.searchParams.get('error')).toBe('invalid_request')
  })

  test('E17 going back to the page of an earlier request, or another tab, does not make it fresh', async () => {
    const person = personOf(world, u1)
    const early = await person.browser.open(authorizeUrl(world, c1))
    await getCode(world, { person })
    server.clock.move(60)
    const strict = await person.browser.open(authorizeUrl(world, c1, { prompt: 'login' }))
    expect((await person.browser.open(early.url)).left).toBe(true)
    const still = await person.browser.open(strict.url)
    expect(still.title).toContain('Sign in')
    const answered = await postReady(world, readyForm(strict, 'deny'), { cookie: cookiesOf(world, person) })
    expect(answered.location?.searchParams.get('error')).toBe('access_denied')
  })

  test('E17 somebody else who signs in is told as who they are, and not where another was asked for', async () => {
    const first = await signIn(world)
    const { person } = first
    const page = await person.browser.open(authorizeUrl(world, c1, { prompt: 'login', id_token_hint: first.id }))
    const other = await person.browser.press(page, 'switch')
    const done = await person.goOn(
      await person.browser.press(other, 'login', { username: u2.username, password: u2.password }),
    )
    expect(done.url.searchParams.get('error')).toBe('login_required')
    expect((await claimsOf(await getCode(world, { person }))).sub).toBe(u2.sub)
  })
})
