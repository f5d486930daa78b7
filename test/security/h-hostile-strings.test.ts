import { describe, expect, onTestFinished, test } from 'vitest'
import { Rejection } from '#core/oauth/rejection.ts'
import { expectCheap } from './support/cpu-time.ts'
import { list } from './support/list.ts'
import { authorizeUrl, personOf, postForm } from './support/steps.ts'
import { postTampered } from './support/tampered-form.ts'
import { aWorld, theWorld } from './support/world.ts'

const world = await theWorld()

/** What makes a regular expression go back and forth, as long as a body may be. */
const big = 50_000
const hostile = [
  'a'.repeat(big),
  `${'a'.repeat(big)}!`,
  ...['"', '\0', ' ', '\n', 'é', '@', '#'].map((end) => 'a'.repeat(big) + end),
  ' '.repeat(big),
  `${' '.repeat(big)}x`,
  '\t'.repeat(big),
  '@'.repeat(big),
  `a@${'a.'.repeat(big / 2)}`,
  `${'a@'.repeat(big / 2)}`,
  ':'.repeat(big),
  '://'.repeat(big / 3),
  `https://${'a.'.repeat(big / 2)}`,
  `https://${'@'.repeat(big)}`,
  '/'.repeat(big),
  `http://127.0.0.1:${'1'.repeat(big)}`,
  '.'.repeat(big),
  '-'.repeat(big),
  '='.repeat(big),
  '%'.repeat(big),
  '%25'.repeat(big / 3),
  '%2'.repeat(big / 2),
  '+'.repeat(big),
  '"'.repeat(big),
  '\\'.repeat(big),
  '['.repeat(big),
  '{"a":'.repeat(big / 5),
  `{"id_token":{${Array.from({ length: 3000 }, (_each, at) => `"c${at}":null`).join()}}}`,
  '<'.repeat(big),
  '&#x'.repeat(big / 3),
  '\u0301'.repeat(big / 4),
  'ﷺ'.repeat(big / 6),
  '😀'.repeat(big / 8),
  '0'.repeat(big),
  'en-'.repeat(big / 3),
  `${'eyJ'.repeat(big / 9)}.${'eyJ'.repeat(big / 9)}.x`,
]

describe('H14 no text takes long to read', () => {
  const requestParameters = list(
    'client_id redirect_uri response_type scope state nonce code_challenge code_challenge_method response_mode prompt max_age login_hint id_token_hint acr_values ui_locales claims resource display x',
  )

  test('H14 every parameter of an authorization request', { timeout: 120_000 }, async () => {
    for (const name of requestParameters) {
      for (const text of hostile) {
        const body = authorizeUrl(world, world.c1, { [name]: text }).searchParams
        const what = async () =>
          expect((await world.send('/authorize', { method: 'POST', body })).status).toBeLessThan(500)
        await expectCheap(what, `${name} ${text.slice(0, 12)}`)
      }
    }
  })

  test.each([
    [
      '/token',
      list(
        'grant_type code redirect_uri code_verifier refresh_token scope resource client_id client_secret client_assertion client_assertion_type x',
      ),
    ],
    ['/introspect', list('token token_type_hint')],
    ['/revoke', list('token token_type_hint')],
    ['/logout', list('id_token_hint post_logout_redirect_uri client_id state ui_locales logout_hint')],
    ['/userinfo', list('access_token')],
  ])('H14 every parameter of %s', { timeout: 120_000 }, async (path, names) => {
    const base = { grant_type: 'refresh_token', token: 'x', refresh_token: 'x' }
    for (const name of names) {
      for (const text of hostile) {
        const what = async () =>
          expect(
            (await postForm(world, path, { ...base, [name]: text }, name === 'client_secret' ? undefined : world.c1))
              .status,
          ).toBeLessThan(500)
        await expectCheap(what, `${name} ${text.slice(0, 12)}`)
      }
    }
  })

  test('H14 every field of the sign-in form', { timeout: 120_000 }, async () => {
    const person = personOf(world, world.u1)
    const page = await person.browser.open(authorizeUrl(world, world.c1))
    for (const name of ['username', 'password', 'csrf', 'action', 'id']) {
      for (const text of hostile) {
        const fields = { username: 'u1', password: 'x'.repeat(5000), [name]: text }
        const what = async () =>
          expect((await postTampered(world, person, { page, button: 'login', fields })).status).toBeLessThan(500)
        await expectCheap(what, `${name} ${text.slice(0, 12)}`)
      }
    }
  })

  test('H14 every header that is read', { timeout: 60_000 }, async () => {
    const names = list(
      'authorization cookie user-agent origin if-none-match accept accept-language x-forwarded-for sec-fetch-site content-type content-encoding referer',
    )
    for (const name of names) {
      for (const text of hostile.map((one) => one.slice(0, 12_000)).filter((one) => /^[\x20-\x7e\t]+$/.test(one))) {
        for (const value of name === 'authorization'
          ? [text, `Bearer ${text}`, `Basic ${text}`]
          : name === 'cookie'
            ? [text, `signet-session=${text}`, `${text};`.repeat(1)]
            : [text]) {
          for (const [path, method] of [
            ['/userinfo', 'GET'],
            ['/token', 'POST'],
            ['/.well-known/jwks.json', 'GET'],
          ] as const) {
            const what = async () =>
              expect((await world.send(path, { method, headers: { [name]: value } })).status).toBeLessThan(500)
            await expectCheap(what, `${path} ${name} ${value.slice(0, 20)}`)
          }
        }
      }
    }
  })

  test('H14 thousands of names, colliding or not', async () => {
    const names = [
      Array.from({ length: 9000 }, (_each, at) => `${at * 2 ** 10}`),
      Array.from({ length: 9000 }, (_each, at) => `p${at}`),
      Array.from({ length: 4000 }, (_each, at) => `__proto__[${at}]`),
      ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', ''],
    ]
    for (const each of names) {
      const body = each
        .map((name) => `${encodeURIComponent(name)}=`)
        .join('&')
        .slice(0, 64_000)
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      for (const path of ['/token', '/authorize', '/logout']) {
        const what = async () =>
          expect((await world.send(path, { method: 'POST', headers, body })).status).toBeLessThan(500)
        await expectCheap(what, `${path} ${each[0]}`)
      }
    }
    expect({}).not.toHaveProperty('polluted')
  })

  test('H14 what operators register', { timeout: 60_000 }, async () => {
    const { users, clients, apis } = world.server
    const good = { name: 'x', redirectUris: ['https://x.test/cb'] }
    for (const text of hostile) {
      const tries = [
        () => users.create({ username: text }, undefined, 'test'),
        () => users.create({ username: 'x', email: text }, undefined, 'test'),
        () => users.create({ username: 'x' }, text, 'test'),
        () => clients.create({ ...good, name: text }, 'test'),
        () => clients.create({ ...good, id: text }, 'test'),
        () => clients.create({ ...good, redirectUris: [text] }, 'test'),
        () => clients.create({ ...good, logoUri: text }, 'test'),
        () => clients.create({ ...good, scopes: [`"${text}`] }, 'test'),
        () => apis.create({ audience: text, scopes: new Map() }, 'test'),
      ]
      for (const [at, attempt] of tries.entries()) {
        await expectCheap(async () => expect(attempt()).rejects.toBeInstanceOf(Rejection), `${at} ${text.slice(0, 12)}`)
      }
    }
  })

  test("H14 a developer's page about a redirect URI that does not match", async () => {
    const developing = await aWorld({ isDevelopment: true })
    onTestFinished(developing.close)
    const redirectUris = Array.from({ length: 50 }, (_each, at) => `https://many.test/${'a'.repeat(1900)}${at}`)
    await developing.server.clients.create({ id: 'many', name: 'many', redirectUris }, 'test')
    const client = { ...developing.c1, id: 'many' }
    const body = authorizeUrl(developing, client, {
      redirect_uri: `https://many.test/${'a'.repeat(50_000)}`,
    }).searchParams
    await expectCheap(
      async () => expect((await developing.send('/authorize', { method: 'POST', body })).status).toBe(400),
      'mismatch',
    )
    developing.check()
  })
})
