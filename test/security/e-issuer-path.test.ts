import { expect, test } from 'vitest'
import { freePorts } from '#test/support/free-ports.ts'
import { aPerson } from '#test/support/person.ts'
import { cookieSet, postReady, readyForm } from './support/forms.ts'
import { cookiesOf, parameters, pkce, postForm, refresh, tokensOf, userInfo } from './support/steps.ts'
import { theWorld } from './support/world.ts'

const [port = 0] = await freePorts(1)
const origin = `http://localhost:${port}`
const issuer = `${origin}/tenant`
const world = await theWorld({ flags: { 'listen.port': String(port), issuer } })
const { c1, u1 } = world

function authorize(changes = {}): { readonly url: URL; readonly verifier: string } {
  const { verifier, challenge } = pkce()
  const url = new URL(`${issuer}/authorize`)
  url.search = parameters(
    {
      response_type: 'code',
      client_id: c1.id,
      redirect_uri: c1.redirectUri,
      scope: 'openid',
      state: 's',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    },
    changes,
  ).toString()
  return { url, verifier }
}

test('E09 under a path: sign-in, consent, tokens, UserInfo and sign-out stay below it', async () => {
  const person = aPerson({ issuer, username: u1.username, password: u1.password })
  const { url, verifier: code_verifier } = authorize()
  const login = await person.browser.open(url)
  expect(login.url.pathname).toBe('/tenant/login')
  const asked = await person.signIn(login)
  expect(asked.url.pathname).toBe('/tenant/consent')
  const answer = (await person.consent(asked)).url
  expect(answer.searchParams.get('iss')).toBe(issuer)
  const code = answer.searchParams.get('code') ?? ''
  world.keepSecret(code)
  const fields = { grant_type: 'authorization_code', code, redirect_uri: c1.redirectUri, code_verifier }
  const tokens = await postForm(world, '/tenant/token', fields, c1)
  expect(tokens.status).toBe(200)
  const { access } = tokensOf(tokens)
  const info = await world.send('/tenant/userinfo', { headers: { authorization: `Bearer ${access}` } })
  expect(info.json).toMatchObject({ sub: u1.sub })
  expect((await userInfo(world, access)).status).toBe(404)
  const gone = await person.browser.press(await person.browser.open(`${issuer}/logout`), 'logout')
  expect(gone.url.pathname).toBe('/tenant/logout/confirm')
  expect(cookiesOf(world, person)).not.toContain('signet-session')
})

test('E09 under a path: every link and form of every page, and what they load, is below it', async () => {
  const person = aPerson({ issuer, username: u1.username, password: u1.password })
  const login = await person.browser.open(authorize({ prompt: 'consent' }).url)
  const asked = await person.signIn(login)
  const pages = [login, asked, await person.browser.open(`${issuer}/`), await person.browser.open(`${issuer}/logout`)]
  pages.push(await person.browser.open(`${issuer}/nowhere`), await person.browser.open(`${issuer}/login?id=x`))
  pages.push(
    await person.browser.open(authorize({ prompt: 'login' }).url),
    await person.browser.open(authorize({ prompt: 'select_account' }).url),
  )
  for (const page of pages) {
    const links = [...page.text.matchAll(/\b(?:src|href|action)="([^"]+)"/g)].map(([, link = '']) => link)
    expect(links.length).toBeGreaterThan(2)
    for (const link of links) expect(link, page.url.pathname).toMatch(/^(\/tenant\/|https:\/\/c1\.test)/)
    for (const link of links.filter((one) => one.includes('/assets/'))) {
      const asset = await world.send(link)
      expect([asset.status, asset.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    }
  }
})

test('E10 under a path: the cookies are those of the whole host, and forms are checked against its origin', async () => {
  const person = aPerson({ issuer, username: u1.username, password: u1.password })
  const login = await person.browser.open(authorize({ prompt: 'login' }).url)
  const form = readyForm(login, 'login', { username: u1.username, password: u1.password })
  const cookie = cookiesOf(world, person)
  expect((await postReady(world, form, { cookie, headers: { origin: 'https://evil.test' } })).status).toBe(403)
  const answer = await postReady(world, form, { cookie, headers: { origin } })
  expect(answer.status).toBe(303)
  expect(cookieSet(answer, 'signet-session')).toMatch(/^ses_/)
  for (const line of answer.headers.getSetCookie()) expect(line).toContain('; Path=/;')
})

test('E09 under a path: metadata at both forms, JWKS below it, and nothing at the root', async () => {
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    for (const path of [`/tenant/.well-known/${name}`, `/.well-known/${name}/tenant`]) {
      const { status, json } = await world.send(path)
      expect(status, path).toBe(200)
      expect(json.issuer, path).toBe(issuer)
      for (const [key, value] of Object.entries(json)) {
        if (/_(endpoint|uri)$/.test(key)) expect(value, key).toMatch(new RegExp(`^${issuer}/`))
      }
      expect((await world.send(String(json.jwks_uri))).json.keys).toHaveLength(2)
    }
    expect((await world.send(`/.well-known/${name}`)).status).toBe(404)
  }
  for (const path of [
    '/authorize',
    '/token',
    '/login',
    '/logout',
    '/',
    '/tenantx/login',
    '/tenant/tenant/login',
    '/TENANT/login',
  ]) {
    expect((await world.send(path)).status, path).toBe(404)
  }
  expect((await refresh(world, c1, 'rt_x')).status).toBe(404)
})
