import { expect, test } from 'vitest'
import { decodeEntities } from '#test/support/html-form.ts'
import { aBrowser } from '#test/support/http-browser.ts'
import { aPerson } from '#test/support/person.ts'
import { aRegistrant } from '#test/support/registrant.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld({ flags: { 'registration.mode': 'open' } })
const { issuer, u1, c1 } = world
const redirectUri = 'https://evil.test/cb?a=1'

/** A client that nobody vouches for: anybody could register it. */
async function aStranger(): Promise<string> {
  const document = { redirect_uris: [redirectUri], token_endpoint_auth_method: 'none', scope: 'openid' }
  const { json } = await aRegistrant(issuer).register(document)
  return String(json.client_id)
}

const id = await aStranger()

function request(more: Record<string, string>): string {
  const pkce = { code_challenge: 'E9Melhoa2OwvFrEMTJGuCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }
  const parameters = { client_id: id, redirect_uri: redirectUri, response_type: 'code', scope: 'openid', ...pkce }
  return `${issuer}/authorize?${new URLSearchParams({ ...parameters, ...more })}`
}

/** The page that asks before it leads anywhere, and the address behind its one link. */
async function askedBefore(url: string, browser = aBrowser({ knows: [issuer] })): Promise<URL> {
  const page = await browser.open(url)
  expect([page.left, page.status]).toEqual([false, 400])
  expect(page.text).toContain('has not verified this app')
  expect(page.text).toContain('evil.test')
  const href = /<a class="button" id="continue" rel="noreferrer" href="([^"]+)"/.exec(page.text)?.[1] ?? ''
  return new URL(decodeEntities(href))
}

test.each([
  [{ prompt: 'none' }, 'login_required'],
  [{ prompt: 'none', scope: 'openid nonsense' }, 'login_required'],
  [{ scope: 'nonsense' }, 'invalid_scope'],
  [{ response_type: 'token' }, 'unsupported_response_type'],
  [{ code_challenge: '' }, 'invalid_request'],
  [{ resource: 'https://nowhere.test' }, 'invalid_target'],
])('A11 a link of ours with %j leads nobody to an app that registered itself', async (mistake, error) => {
  const onward = await askedBefore(request({ ...mistake, state: 'x&y"z' }))
  expect(onward.origin + onward.pathname).toBe('https://evil.test/cb')
  expect(Object.fromEntries(onward.searchParams)).toMatchObject({ a: '1', error, state: 'x&y"z', iss: issuer })
})

test('A11 nor does a posted form, nor an answer that is to be posted', async () => {
  const response = await fetch(`${issuer}/authorize`, {
    method: 'POST',
    body: new URL(request({ prompt: 'none' })).searchParams,
    redirect: 'manual',
  })
  await askedBefore(new URL(response.headers.get('location') ?? '', issuer).href)
  const page = await aBrowser({ knows: [issuer] }).open(request({ scope: 'nonsense', response_mode: 'form_post' }))
  expect([page.left, page.status]).toEqual([false, 400])
  expect(page.text).not.toContain('data-auto')
})

test('A11 a session is no acquaintance: who has never allowed the app is asked', async () => {
  const person = aPerson({ issuer, ...u1 })
  const pkce = { code_challenge: 'E9Melhoa2OwvFrEMTJGuCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }
  const own = { client_id: c1.id, redirect_uri: c1.redirectUri, response_type: 'code', scope: 'openid', ...pkce }
  await person.authorize(`${issuer}/authorize?${new URLSearchParams(own)}`)
  const onward = await askedBefore(request({ prompt: 'none' }), person.browser)
  expect(onward.searchParams.get('error')).toBe('consent_required')
})

test('A11 whoever has acted, or has met the app, is led back without another word', async () => {
  const person = aPerson({ issuer, ...u1 })
  const denied = await person.deny(await person.browser.open(request({})))
  expect(denied.url.searchParams.get('error')).toBe('access_denied')
  expect((await person.authorize(request({}))).searchParams.has('code')).toBe(true)
  const silent = await person.browser.open(request({ prompt: 'none', max_age: '0' }))
  expect([silent.left, silent.url.searchParams.get('error')]).toEqual([true, 'login_required'])
})

test('A11 an app of the operator is told at once', async () => {
  const own = { client_id: c1.id, redirect_uri: c1.redirectUri, response_type: 'code', scope: 'openid', prompt: 'none' }
  const page = await aBrowser({ knows: [issuer] }).open(`${issuer}/authorize?${new URLSearchParams(own)}`)
  expect([page.left, page.url.searchParams.get('error')]).toEqual([true, 'login_required'])
})
