import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aCertificate, anOutsideServer, type OutsideServer } from '#test/support/outside-servers.ts'
import { aRegistrant, type Registrant, type RegistrationAnswer } from '#test/support/registrant.ts'
import { browserScript } from './support/browser-script.ts'
import { anOp, type Json, type Op } from './support/op.ts'
import { demand, readAnswer } from './support/relying-party.ts'
import { scriptedBrowser, visibleText } from './support/scripted-browser.ts'

const callback = 'https://suite.test/test/a/signet/callback'
const logo = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/p0mQGAAAAABJRU5ErkJggg==',
  'base64',
)

/** What the suite publishes: its keys, as they are now, and which redirect URIs are one sector. */
const published = { keys: [] as JWK[], sector: [callback] }
let suite: OutsideServer
let op: Op
let registrant: Registrant

beforeAll(async () => {
  const certificate = aCertificate('DNS:localhost')
  setDefaultCACertificates([...getCACertificates('default'), certificate.cert])
  suite = await anOutsideServer((request, response) => {
    if (request.url === '/openid.png') return response.writeHead(200, { 'content-type': 'image/png' }).end(logo)
    const body = JSON.stringify(request.url === '/jwks' ? { keys: published.keys } : published.sector)
    return response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  }, certificate)
  op = await anOp({
    flags: {
      'registration.mode': 'open',
      'registration.perAddress': '1000',
      'outbound.allow': `localhost:${suite.port}`,
    },
  })
  registrant = aRegistrant(op.issuer)
})
afterAll(() => Promise.all([suite.close(), op.close()]))

const at = (path: string) => `https://localhost:${suite.port}${path}`

/** Registers a client as the suite does at the start of a module. */
async function register(metadata: Json = {}): Promise<RegistrationAnswer> {
  const contacts = ['suite@people.test']
  const plain = {
    client_name: 'suite',
    redirect_uris: [callback],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    contacts,
  }
  const answer = await registrant.register({ ...plain, ...metadata })
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/)
  return answer
}

async function registered(metadata: Json = {}): Promise<RegistrationAnswer['json']> {
  const { status, json } = await register(metadata)
  expect([status, json.error]).toEqual([201, undefined])
  return json
}

function visit(client: RegistrationAnswer['json'], more: Record<string, string> = {}, module = '') {
  const script = browserScript({ ...op.person, issuer: op.issuer, suite: 'https://suite.test/*' })
  const browser = scriptedBrowser(op.issuer, script, { module })
  const asked = new URLSearchParams({
    client_id: String(client.client_id),
    response_type: 'code',
    scope: 'openid',
    state: 's',
    ...more,
  })
  return browser.visit(`${op.issuer}/authorize?${asked}`).then((seen) => ({ seen, asked }))
}

async function code(client: RegistrationAnswer['json'], redirectUri: string, more: Record<string, string> = {}) {
  const { seen, asked } = await visit(client, { redirect_uri: redirectUri, ...more })
  return demand(readAnswer(asked, seen))
}

describe('redirect URIs', () => {
  const withQuery = `${callback}?foo=bar`

  test('oidcc-redirect-uri-regfrag: a redirect URI with a fragment is refused with invalid_redirect_uri', async () => {
    const { status, json } = await register({ redirect_uris: [`${callback}#foobar`] })
    expect([status, json.error]).toEqual([400, 'invalid_redirect_uri'])
  })

  test('oidcc-ensure-redirect-uri-in-authorization-request: without one of its two URIs the client gets a page', async () => {
    const client = await registered({ redirect_uris: [callback, `${callback}/2`] })
    const { seen } = await visit(client, {}, 'oidcc-ensure-redirect-uri-in-authorization-request')
    expect([seen.end.left, seen.end.status]).toEqual([false, 400])
    expect(visibleText(seen.end)).toContain('redirect_uri')
  })

  test('oidcc-redirect-uri-query-OK: the query that was registered is in the answer', async () => {
    const { params } = await code(await registered({ redirect_uris: [withQuery] }), withQuery)
    expect([params.get('foo'), params.has('code')]).toEqual(['bar', true])
  })

  test.each([
    [
      'oidcc-redirect-uri-query-mismatch: another query is another URI, and ends on a page',
      [withQuery],
      `${callback}?bar=foo`,
    ],
    ['oidcc-redirect-uri-query-added: a query that was not registered ends on a page', [callback], withQuery],
  ])('%s', async (title, uris, redirectUri) => {
    const [module] = title.split(':')
    const { seen } = await visit(await registered({ redirect_uris: uris }), { redirect_uri: redirectUri }, module)
    expect([seen.end.left, seen.end.status]).toEqual([false, 400])
    expect(visibleText(seen.end)).toContain('redirect_uri')
  })
})

describe('what the pages show of an app', () => {
  const shownBy = async (metadata: Json) => {
    const { seen } = await visit(await registered(metadata), { redirect_uri: callback })
    return seen.shown.filter(({ url }) => ['/login', '/consent'].includes(url.pathname))
  }

  test('oidcc-registration-logo-uri: its logo is on the sign-in page, and can be loaded', async () => {
    const pages = await shownBy({ logo_uri: at('/openid.png') })
    for (const { text } of pages) {
      const source = /<img class="mark" src="([^"]+)"/.exec(text)?.[1] ?? 'none'
      const picture = await fetch(new URL(source, op.issuer))
      expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png'])
    }
    expect(pages).toHaveLength(2)
  })

  test.each([
    [
      'oidcc-registration-policy-uri: the sign-in page links to the policy',
      'policy_uri',
      'https://suite.test/login.html',
      'Privacy policy',
    ],
    ['oidcc-registration-tos-uri: the sign-in page links to the terms', 'tos_uri', 'https://openid.net/', 'Terms'],
  ])('%s', async (_title, name, uri, words) => {
    const pages = await shownBy({ [name]: uri })
    for (const page of pages) {
      expect(page.text).toContain(`href="${uri}"`)
      expect(visibleText(page)).toContain(words)
    }
    expect(pages).toHaveLength(2)
  })
})

describe('documents of the client', () => {
  const byKey = { token_endpoint_auth_method: 'private_key_jwt', grant_types: ['authorization_code', 'refresh_token'] }

  async function aKey(kid: string) {
    const { publicKey, privateKey } = await generateKeyPair('RS256')
    return { jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' }, privateKey, kid }
  }

  type Key = Awaited<ReturnType<typeof aKey>>

  async function token(client: RegistrationAnswer['json'], { privateKey, kid }: Key, fields: Record<string, string>) {
    const id = String(client.client_id)
    const now = Math.floor(op.server.clock.now().getTime() / 1000)
    const claims = { iss: id, sub: id, aud: op.issuer, jti: crypto.randomUUID(), iat: now, exp: now + 60 }
    const assertion = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
    const proof = {
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    }
    const response = await fetch(`${op.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...proof, ...fields }),
    })
    return { status: response.status, json: (await response.json()) as Record<string, string> }
  }

  async function redeem(client: RegistrationAnswer['json'], key: Key, more: Record<string, string> = {}) {
    const { params } = await code(client, callback, more)
    return token(client, key, {
      grant_type: 'authorization_code',
      code: params.get('code') ?? '',
      redirect_uri: callback,
    })
  }

  test('oidcc-registration-jwks-uri: the client is known by the keys at its jwks_uri', async () => {
    const key = await aKey('first')
    published.keys = [key.jwk]
    expect((await redeem(await registered({ ...byKey, jwks_uri: at('/jwks') }), key)).status).toBe(200)
  })

  test('oidcc-ensure-client-assertion-with-iss-aud: the issuer as the audience of an assertion is taken', async () => {
    const key = await aKey('only')
    expect((await redeem(await registered({ ...byKey, jwks: { keys: [key.jwk] } }), key)).status).toBe(200)
  })

  test('oidcc-refresh-token-rp-key-rotation: a refresh with another key of the client works once that is published', async () => {
    const [before, after] = [await aKey('before'), await aKey('after')]
    published.keys = [before.jwk]
    const client = await registered({ ...byKey, jwks_uri: at('/jwks') })
    op.server.clock.move(61)
    const first = await redeem(client, before, { scope: 'openid offline_access', prompt: 'consent' })
    expect(first.json.refresh_token).toEqual(expect.any(String))
    published.keys = [after.jwk]
    op.server.clock.move(60)
    const fields = { grant_type: 'refresh_token', refresh_token: first.json.refresh_token ?? '' }
    expect((await token(client, after, fields)).status).toBe(200)
  })

  test('oidcc-registration-sector-uri: a sector whose document lists the redirect URI is taken', async () => {
    published.sector = [callback]
    const sector = { subject_type: 'pairwise', sector_identifier_uri: at('/sector-good') }
    expect(await registered(sector)).toMatchObject(sector)
  })

  test('oidcc-registration-sector-bad: one that does not is refused with invalid_client_metadata', async () => {
    published.sector = ['https://suite.test/another']
    const { status, json } = await register({ subject_type: 'pairwise', sector_identifier_uri: at('/sector-bad') })
    expect([status, json.error]).toEqual([400, 'invalid_client_metadata'])
  })
})

describe('where others may send people to sign in', () => {
  test('oidcc-3rd_party-init-login: initiate_login_uri is told at the registration and when it is read', async () => {
    const json = await registered({ initiate_login_uri: 'https://suite.test/login' })
    expect(json.initiate_login_uri).toBe('https://suite.test/login')
    const read = await registrant.ask(json, 'GET')
    expect([read.status, read.json.initiate_login_uri]).toEqual([200, 'https://suite.test/login'])
    expect((await registrant.ask(json, 'DELETE')).status).toBe(204)
  })

  test('oidcc-3rd_party-init-login-nohttps: one without https is refused with invalid_client_metadata', async () => {
    const { status, json } = await register({ initiate_login_uri: 'http://suite.test/login' })
    expect([status, json.error]).toEqual([400, 'invalid_client_metadata'])
  })
})
