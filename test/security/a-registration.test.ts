import { describe, expect, test } from 'vitest'
import { Rejection } from '#core/oauth/rejection.ts'
import { aRegistrant } from '#test/support/registrant.ts'
import { list } from './support/list.ts'
import { getCode } from './support/steps.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld({ flags: { 'registration.mode': 'open', 'registration.perAddress': '100000' } })
const { clients } = world.server
const { register } = aRegistrant(world.issuer)

/** Every place of a client that the browser may be led to, for both kinds of client; by the operator and by itself. */
async function expectNotRegistrable(uri: string): Promise<void> {
  for (const applicationType of ['web', 'native']) {
    const wishes = { name: 'x', applicationType, redirectUris: ['https://x.test/cb'] }
    const created = [
      clients.create({ ...wishes, redirectUris: [uri] }, 'test'),
      clients.create({ ...wishes, redirectUris: ['https://x.test/cb', uri] }, 'test'),
      clients.create({ ...wishes, postLogoutRedirectUris: [uri] }, 'test'),
      clients.update('c1', { applicationType, redirectUris: [uri] }, 'test'),
      clients.update('c1', { applicationType, postLogoutRedirectUris: [uri] }, 'test'),
    ]
    for (const [at, one] of created.entries()) await expect(one, `${uri} ${at}`).rejects.toBeInstanceOf(Rejection)
    const plain = { application_type: applicationType, redirect_uris: ['https://x.test/cb'] }
    await expectAnswer({ ...plain, redirect_uris: [uri] }, 'invalid_redirect_uri')
    await expectAnswer({ ...plain, redirect_uris: ['https://x.test/cb', uri] }, 'invalid_redirect_uri')
    await expectAnswer({ ...plain, post_logout_redirect_uris: [uri] }, 'invalid_client_metadata')
  }
}

async function expectAnswer(document: object, error: string): Promise<void> {
  const { status, json } = await register(document)
  expect([status, json.error], JSON.stringify(document)).toEqual([400, error])
}

async function expectNotShowable(uri: string): Promise<void> {
  for (const field of ['clientUri', 'logoUri', 'policyUri', 'tosUri']) {
    const wishes = { name: 'x', redirectUris: ['https://x.test/cb'], [field]: uri }
    await expect(clients.create(wishes, 'test'), `${field} ${uri}`).rejects.toBeInstanceOf(Rejection)
  }
  for (const name of ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'])
    await expectAnswer({ redirect_uris: ['https://x.test/cb'], [name]: uri }, 'invalid_client_metadata')
}

describe('A06 there are no patterns', () => {
  const patterns = list(`
    * .* ** https://* https://*.rp.test https://*.rp.test/cb https://rp.test/* https://rp.test/cb* https://rp.*/cb
    https://.*\\.rp.test https://rp\\.test/cb ^https://rp.test$ https://[a-z]+.test/cb https://{sub}.rp.test/cb
    https://rp.test:*/cb http://localhost:*/cb http://127.0.0.1:*/ com.example.app:* *:/cb https://%2a.rp.test/cb
    https://<sub>.rp.test/cb https://rp.test/{path} https://rp.test/:path|x https://a;b.test/cb https://a'b.test/cb https://(a).test/cb https://a$.test/cb https://rp.test|evil.test/cb https://rp.test/cb https://evil.test/cb,https://rp.test/cb#*
  `).filter((pattern) => !/^https:\/\/(rp|evil)\.test\/cb$/.test(pattern))

  test.each(patterns)('A06 %s cannot be registered', async (pattern) => expectNotRegistrable(pattern))

  test('A06 a list in one string is one URI, and no good one', async () => {
    await expectNotRegistrable('https://a.test/cb https://b.test/cb')
    await expectNotRegistrable('https://a.test/cb\nhttps://b.test/cb')
  })
})

describe('A07 only https, http on this machine, and reversed domains', () => {
  const scripts = [
    ...list(`
      javascript:alert(1) JaVaScRiPt:alert(1) JAVASCRIPT:// javascript://rp.test/%0aalert(1) javascript&colon;alert(1)
      data:text/html,x DATA:text/html;base64,PHNjcmlwdD4= vbscript:x VbScript:x blob:https://rp.test/1 Blob:x
      file:///etc/passwd FILE:/x filesystem:https://rp.test/x about:blank view-source:https://rp.test/ intent://x#Intent;end
      ms-settings:x ws://rp.test/ wss://rp.test/ ftp://rp.test/ mailto:a@rp.test tel:1 urn:ietf:wg:oauth:2.0:oob
      urn:ietf:wg:oauth:2.0:oob:auto myapp:/cb myapp://cb jar:https://rp.test!/x chrome://x resource://x
      http://rp.test/cb http://127.0.0.1.evil.test/cb http://localhost.evil.test/ http://evil.test#localhost
      http://10.0.0.1/cb http://0.0.0.0/cb http://[::]/cb http://127.1/cb http://2130706433/cb HTTP://rp.test HTTPS://RP.TEST/cb
      //rp.test/cb /cb cb ?x https: https:// https:/// https:rp.test https:/rp.test/cb https:\\\\rp.test\\cb https://rp.test\\@evil.test/
      https://user@rp.test/cb https://user:pass@rp.test/cb https://@rp.test/cb https://rp.test/cb# https://rp.test/cb#f
      https://rp.test/a/../cb https://RP.test/cb https://rp.test:443/cb https://rp.test/cb?code=x https://rp.test/cb?a=1&state=x
      https://rp.test/cb?iss=https://evil.test https://rp.test/cb?error=x https://rp.test/cb?response=x https://rp.test/cb?%63ode=x
      https://rр.test/cb https://rp.test/сb https://rp。test/cb
    `),
    ...[
      'java\tscript:alert(1)',
      'java\nscript:alert(1)',
      '\u0001javascript:alert(1)',
      ' javascript:alert(1)',
      'javascript:alert(1) ',
    ],
    ...[
      'javascript\0:alert(1)',
      '',
      ' ',
      '\0',
      'https://rp.test/c b',
      'https://rp.test/cb\0',
      'https://rp.test/\ncb',
      '\ufeffhttps://rp.test/cb',
    ],
    `https://rp.test/${'x'.repeat(2000)}`,
  ]

  test.each(scripts)('A07 %j cannot be registered', async (uri) => expectNotRegistrable(uri))

  test('A07 nor shown on a page', async () => {
    for (const uri of scripts.filter((one) => !/^https:\/\/(rp\.test\/cb\?|rp.test:443|rp.test\/cb\?%)/.test(one)))
      await expectNotShowable(uri)
    await expectNotShowable('com.example.app:/logo')
  })

  test('A07 a private scheme has a dot and belongs to native apps', async () => {
    const wishes = { name: 'x', redirectUris: ['com.example.app:/cb'] }
    await expect(clients.create({ ...wishes, applicationType: 'web' }, 'test')).rejects.toBeInstanceOf(Rejection)
    await expect(clients.create(wishes, 'test')).rejects.toBeInstanceOf(Rejection)
    const { client } = await clients.create({ ...wishes, applicationType: 'native' }, 'test')
    expect(client.redirectUris).toEqual(['com.example.app:/cb'])
  })

  test('A07 a private scheme that begins like a script is still only itself', async () => {
    for (const uri of ['javascript.evil:/alert(1)', 'data.example:/x']) {
      const wishes = { name: 'x', redirectUris: [uri], applicationType: 'native' }
      const { client } = await clients.create(wishes, 'test')
      expect(client.redirectUris).toEqual([uri])
    }
  })

  test('A07 what was refused has changed nothing', async () => {
    expect((await world.server.stores.clients.find('c1'))?.redirectUris).toEqual([world.c1.redirectUri])
    expect((await getCode(world)).code).toMatch(/^code_/)
  })
})
