import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { aCertificate, anOutsideServer, aRawServer } from '#test/support/outside-servers.ts'
import { aPerson } from '#test/support/person.ts'
import { aRegistrant, plainDocument } from '#test/support/registrant.ts'
import { theWorld } from './support/world.ts'

const certificate = aCertificate('DNS:localhost')
setDefaultCACertificates([...getCACertificates('default'), certificate.cert])
/** A site of a stranger's: what it answers with now. */
let answer: { readonly status?: number; readonly type?: string; readonly body: string } = { body: '[]' }
const site = await anOutsideServer((_request, response) => {
  const { status = 200, type = 'application/json', body } = answer
  response.writeHead(status, { 'content-type': type, location: '/elsewhere' }).end(body)
}, certificate)
const canary = await aRawServer((socket) => socket.destroy())
afterAll(() => Promise.all([site.close(), canary.close()]))

const world = await theWorld({
  flags: {
    'registration.mode': 'open',
    'registration.perAddress': '100000',
    'outbound.allow': `localhost:${site.port}`,
  },
})
const { register, ask } = aRegistrant(world.issuer)
let paths = 0
const aSector = () => `https://localhost:${site.port}/${paths++}`

async function expectRefused(document: object, error: string): Promise<void> {
  const before = await world.server.stores.dynamicClients.count()
  const { status, json } = await register(document)
  expect([status, json.error], JSON.stringify(document)).toEqual([400, error])
  expect(await world.server.stores.dynamicClients.count()).toBe(before)
}

const inside = [
  ...[
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '10.0.0.1',
    '192.168.0.1',
  ],
  ...['100.64.0.1', '169.254.169.254', '[fd00::1]', 'localhost', 'a.localhost'],
]

describe('G04 addresses of request objects', () => {
  test.each(inside)('G04 https://%s is not one that could be registered', (host) =>
    expectRefused({ ...plainDocument, request_uris: [`https://${host}/r`] }, 'invalid_client_metadata'),
  )

  test('G04 nor is one of another service, of http, or of no address at all', async () => {
    for (const uri of ['https://rp.test:6379/r', 'http://rp.test/r', 'file:///etc/passwd', 'r', ''])
      await expectRefused({ ...plainDocument, request_uris: [uri] }, 'invalid_client_metadata')
  })

  test('G04 nothing is fetched at the registration, and nothing that was not registered can be named later', async () => {
    const { json: made } = await register({ ...plainDocument, request_uris: [`https://localhost:${site.port}/r#v1`] })
    expect(made.request_uris).toEqual([`https://localhost:${site.port}/r#v1`])
    const before = site.requests.length
    const query = {
      client_id: String(made.client_id),
      redirect_uri: plainDocument.redirect_uris[0],
      response_type: 'code',
    }
    const asked = new URLSearchParams({
      ...query,
      scope: 'openid',
      request_uri: `https://localhost:${site.port}/other`,
    })
    const { status, text } = await world.send(`/authorize?${asked}`)
    expect([status, /invalid_request_uri|request_uri_not_supported/.test(text)]).toEqual([400, true])
    expect(site.requests.length).toBe(before)
  })
})

describe('G05 the document of a sector', () => {
  const pairwise = (uri: string) => ({ ...plainDocument, subject_type: 'pairwise', sector_identifier_uri: uri })

  test.each(inside)('G05 https://%s is not asked for it', (host) =>
    expectRefused(pairwise(`https://${host}:${canary.port}/s`), 'invalid_client_metadata'),
  )

  const listed = JSON.stringify(plainDocument.redirect_uris)
  test.each<readonly [string, typeof answer]>([
    ['lacks the redirect URI', { body: '["https://rp.example/other"]' }],
    ['has something that is no text', { body: JSON.stringify([...plainDocument.redirect_uris, 1]) }],
    ['is an object', { body: '{"0":"https://rp.example/cb"}' }],
    ['is a text', { body: '"https://rp.example/cb"' }],
    ['is no JSON', { body: 'https://rp.example/cb' }],
    ['is somewhere else', { status: 302, body: listed }],
    ['is not found', { status: 404, body: listed }],
    ['is a page', { type: 'text/html', body: listed }],
    ['is larger than anybody needs', { body: `["https://rp.example/cb"${',"x"'.repeat(30_000)}]` }],
  ])('G05 G15 a document that %s makes no client', async (_what, bad) => {
    answer = bad
    await expectRefused(pairwise(aSector()), 'invalid_client_metadata')
  })

  test('G05 nobody else was asked for anything', () => {
    expect(canary.connections()).toBe(0)
    expect(site.requests.some(({ url }) => url === '/elsewhere')).toBe(false)
  })

  test('G15 a client cannot move into the sector of another by changing its addresses', async () => {
    const uri = aSector()
    answer = { body: listed }
    const { status, json: made } = await register(pairwise(uri))
    expect(status).toBe(201)
    const moved = { ...pairwise(uri), client_id: made.client_id, redirect_uris: ['https://evil.test/cb'] }
    expect((await ask(made, 'PUT', moved)).json.error).toBe('invalid_client_metadata')
    expect((await ask(made, 'GET')).json.redirect_uris).toEqual(plainDocument.redirect_uris)
  })

  test('G15 several hosts are no sector by themselves', () =>
    expectRefused(
      { subject_type: 'pairwise', redirect_uris: ['https://a.test/cb', 'https://b.test/cb'] },
      'invalid_client_metadata',
    ))
})

describe('G11 what a stranger cannot have', () => {
  test.each([
    { grant_types: ['client_credentials'] },
    { grant_types: ['authorization_code', 'client_credentials'] },
    { grant_types: ['password'] },
    { scope: 'openid admin' },
    { scope: world.rs1.scope },
    { scope: 'roles' },
  ])('G11 %j', (part) => expectRefused({ ...plainDocument, ...part }, 'invalid_client_metadata'))

  test('G11 what only an operator decides is passed over, in every spelling', async () => {
    const privileged = {
      ...{ first_party: true, firstParty: true, trusted: true, enabled: false, is_admin: true, tokenVersion: -1 },
      ...{
        resource_server_of: world.rs1.audience,
        resourceServerOf: world.rs1.audience,
        registration: { by: 'operator' },
      },
      ...{ access_token_format: 'jwt', accessTokenFormat: 'jwt', access_token_alg: 'RS256', secrets: [], revision: 99 },
      ...{ client_secret: 'chosen-by-me', client_secret_expires_at: 1, registration_access_token: 'chosen-by-me' },
    }
    const document = JSON.stringify({ ...plainDocument, ...privileged }).replace(
      '{',
      '{"__proto__":{"first_party":true},',
    )
    const { status, json: made } = await register(document)
    expect(status).toBe(201)
    expect(JSON.stringify(made)).not.toContain('chosen-by-me')
    const client = await world.server.stores.clients.find(String(made.client_id))
    expect(client).toMatchObject({ firstParty: false, enabled: true, tokenVersion: 0, registration: { by: 'open' } })
    for (const name of ['resourceServerOf', 'accessTokenFormat', 'accessTokenAlg'] as const)
      expect(client?.[name]).toBeUndefined()
    const changed = await ask(made, 'PUT', {
      ...plainDocument,
      client_id: made.client_id,
      first_party: true,
      enabled: false,
    })
    expect(changed.status).toBe(200)
    expect(await world.server.stores.clients.find(String(made.client_id))).toMatchObject({
      firstParty: false,
      enabled: true,
    })
  })

  test('G11, E13 of an app with a known name the person is told that nobody knows it, and where it leads', async () => {
    const { json: made } = await register({
      ...plainDocument,
      client_name: (await world.server.stores.clients.find('c1'))?.name ?? '',
    })
    const query = {
      client_id: String(made.client_id),
      redirect_uri: plainDocument.redirect_uris[0],
      response_type: 'code',
    }
    const person = aPerson({ issuer: world.issuer, ...world.u1 })
    const page = await person.signIn(
      await person.browser.open(`${world.issuer}/authorize?${new URLSearchParams({ ...query, scope: 'openid' })}`),
    )
    expect(page.url.pathname).toBe('/consent')
    expect(page.text).toContain('has not verified this app')
    expect(page.text).toContain('<bdi class="name">rp.example</bdi>')
  })

  test('G11 an app in a browser cannot do without PKCE', async () => {
    const { json: made } = await register({ ...plainDocument, token_endpoint_auth_method: 'none' })
    const query = {
      client_id: String(made.client_id),
      redirect_uri: plainDocument.redirect_uris[0],
      response_type: 'code',
    }
    const { status, text } = await world.send(`/authorize?${new URLSearchParams({ ...query, scope: 'openid' })}`)
    expect([status, text.includes('code_challenge')]).toEqual([400, true])
  })

  test('G11 a registration token is of no use anywhere else, nor another client’s here', async () => {
    const [{ json: one }, { json: other }] = [await register(plainDocument), await register(plainDocument)]
    const stolen = { ...one, registration_access_token: other.registration_access_token }
    for (const method of ['GET', 'DELETE']) expect((await ask(stolen, method)).status).toBe(401)
    const headers = { authorization: `Bearer ${one.registration_access_token}` }
    expect((await world.send('/userinfo', { headers })).status).toBe(401)
  })
})

describe('G14 ids', () => {
  test('G14 are made here, whatever is asked for, and cannot be taken for anything else', async () => {
    const ids = new Set<unknown>()
    for (const id of ['c1', 'https://evil.test/client.json', '', 'usr_1', world.u1.sub]) {
      const { status, json } = await register({ ...plainDocument, client_id: id })
      expect(status).toBe(201)
      expect(json.client_id).toMatch(/^client_[\w-]{16}$/)
      ids.add(json.client_id)
    }
    expect(ids.size).toBe(5)
  })
})
