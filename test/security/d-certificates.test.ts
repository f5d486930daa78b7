import { X509Certificate } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import type { NewClientWishes } from '#core/clients/new-client.ts'
import type { KeyPair } from '#test/support/certificates.ts'
import { aSecureServer, type Posted, post } from '#test/support/secure-server.ts'

const server = await aSecureServer()
const { clientCa, clients, clientUrl, issuer } = server
afterAll(() => server.close())

const usage = 'clientAuth'
const photos = clientCa.issue({ subject: '/O=Example/CN=photos', san: 'DNS:photos.example', usage })
const other = clientCa.issue({ subject: '/O=Example/CN=other', san: 'DNS:other.example', usage })
const ownMade = clientCa.selfSigned({ subject: '/O=Example/CN=photos', san: 'DNS:photos.example', usage })
const forServers = clientCa.issue({ subject: '/O=Example/CN=photos', san: 'DNS:photos.example', usage: 'serverAuth' })
const ended = clientCa.issue({
  subject: '/O=Example/CN=photos',
  san: 'DNS:photos.example',
  usage,
  ends: new Date(Date.now() - 60_000),
})
const ownEnded = clientCa.selfSigned({ subject: '/O=Example/CN=photos', usage, ends: new Date(Date.now() - 60_000) })
const foreign = server.authority.issue({ subject: '/O=Example/CN=photos', san: 'DNS:photos.example', usage })

await server.apis.create({ audience: 'https://rs.test', scopes: new Map([['rs:read', 'Read']]) }, 'test')

async function aClient(id: string, wishes: NewClientWishes): Promise<string> {
  const grantTypes = ['client_credentials']
  const made = await clients.create({ id, name: id, grantTypes, scopes: ['rs:read'], ...wishes }, 'test')
  return made.secret ?? ''
}

function jwksOf(...pairs: readonly KeyPair[]): unknown {
  return { keys: pairs.map(({ pem }) => new X509Certificate(pem.certificate).publicKey.export({ format: 'jwk' })) }
}

await aClient('pki', { authenticationMethod: 'tls_client_auth', tlsClientAuthSanDns: 'photos.example' })
await aClient('named', { authenticationMethod: 'tls_client_auth', tlsClientAuthSubjectDn: 'CN=photos,O=Example' })
await aClient('own', { authenticationMethod: 'self_signed_tls_client_auth', jwks: jwksOf(ownMade, ownEnded) })
const secret = await aClient('basic', {})
await clients.create(
  { id: 'public', name: 'p', authenticationMethod: 'none', redirectUris: ['https://p.test/'] },
  'test',
)

const grant = { grant_type: 'client_credentials', scope: 'rs:read' }
const basic = (id: string, word: string) => ({ authorization: `Basic ${btoa(`${id}:${word}`)}` })

function ask(id: string, shows?: KeyPair, at = clientUrl): Promise<Posted> {
  return post(`${at}/token`, { ...grant, client_id: id }, shows && { shows })
}

/** RFC 6749 §5.2. */
function expectNobody({ status, body, headers }: Posted): void {
  expect([status, body.error]).toEqual([401, 'invalid_client'])
  expect(headers['www-authenticate']).toBe(`Basic realm="${issuer}", charset="UTF-8"`)
}

test('an honest client is served by its certificate, at every endpoint that asks who is there', async () => {
  for (const id of ['pki', 'named']) expect((await ask(id, photos)).status).toBe(200)
  const { status, body } = await ask('own', ownMade)
  expect(status).toBe(200)
  const token = `${body.access_token}`
  const form = { client_id: 'own', token }
  expect((await post(`${clientUrl}/introspect`, form, { shows: ownMade })).body.active).toBe(true)
  expect((await post(`${clientUrl}/revoke`, form, { shows: ownMade })).status).toBe(200)
  expectNobody(await post(`${clientUrl}/introspect`, form))
  expectNobody(await post(`${clientUrl}/revoke`, form, { shows: photos }))
})

test.each<[string, string, KeyPair | undefined]>([
  ['no certificate', 'pki', undefined],
  ['no certificate', 'own', undefined],
  ['another name of the same authority', 'pki', other],
  ['another name of the same authority', 'named', other],
  ['the name, signed by itself', 'pki', ownMade],
  ['the name, signed by an authority for other things', 'pki', foreign],
  ['the name, in a certificate for servers', 'pki', forServers],
  ['the name, in a certificate that has ended', 'pki', ended],
  ['its own key, in a certificate that has ended', 'own', ownEnded],
  ['another key of its own', 'own', photos],
])('D12 %s is not client %s', async (_what, id, shows) => {
  expectNobody(await ask(id, shows))
})

test('D12 the first port asks for no certificate, and one that is shown there proves nothing', async () => {
  expectNobody(await ask('pki', photos, issuer))
  expectNobody(await ask('own', ownMade, issuer))
})

test('D12 no other method takes the place of the certificate', async () => {
  const jwt = `${btoa('{"alg":"none"}')}.${btoa('{"iss":"pki","sub":"pki"}')}.x`.replaceAll('=', '')
  const assertion = {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: jwt,
  }
  for (const [form, headers] of [
    [{ client_id: 'pki', client_secret: 'x' }, {}],
    [{ client_id: 'pki', client_secret: '' }, {}],
    [{}, basic('pki', 'x')],
    [{}, basic('pki', '')],
    [{ client_id: 'pki', ...assertion }, {}],
    [{}, {}],
  ] as const) {
    expectNobody(await post(`${clientUrl}/token`, { ...grant, ...form }, { headers }))
  }
})

test('D03 a certificate and a secret are two ways: the client of the certificate is refused with both', async () => {
  expectNobody(await post(`${clientUrl}/token`, { ...grant, client_id: 'pki', client_secret: 'x' }, { shows: photos }))
  expectNobody(await post(`${clientUrl}/token`, grant, { shows: photos, headers: basic('pki', 'x') }))
  expectNobody(await post(`${clientUrl}/token`, grant, { shows: photos }))
})

test('D12 a certificate does not count for clients of other methods, whoever it is of', async () => {
  expectNobody(await ask('basic', photos))
  const right = await post(`${clientUrl}/token`, grant, { shows: photos, headers: basic('basic', secret) })
  expect(right.status).toBe(200)
  expectNobody(await post(`${clientUrl}/token`, grant, { shows: photos, headers: basic('basic', 'wrong') }))
  const { status, body } = await ask('public', photos)
  expect([status, body.error]).toEqual([400, 'unauthorized_client'])
})

test('D25 certificates in headers are nobody’s, where no proxy is listed', async () => {
  const pem = encodeURIComponent(photos.pem.certificate)
  const der = `:${new X509Certificate(photos.pem.certificate).raw.toString('base64')}:`
  for (const name of [
    'client-cert',
    'ssl-client-cert',
    'x-ssl-client-cert',
    'x-client-cert',
    'x-forwarded-client-cert',
  ]) {
    for (const value of [pem, der]) {
      const headers = { [name]: value, 'client-verify': 'SUCCESS', 'x-ssl-client-verify': 'SUCCESS' }
      for (const at of [issuer, clientUrl]) {
        expectNobody(await post(`${at}/token`, { ...grant, client_id: 'pki' }, { headers }))
        expectNobody(await post(`${at}/token`, { ...grant, client_id: 'own' }, { headers, shows: photos }))
      }
    }
  }
})

test('a disabled client is nobody, whatever it shows', async () => {
  await clients.disable('named', 'test')
  expectNobody(await ask('named', photos))
  await clients.enable('named', 'test')
  expect((await ask('named', photos)).status).toBe(200)
})

describe('what a client is known by', () => {
  test('is exactly one name, of a form that can be', async () => {
    const method = { authenticationMethod: 'tls_client_auth' }
    for (const wishes of [
      method,
      { ...method, tlsClientAuthSanDns: 'a.test', tlsClientAuthSanIp: '10.0.0.1' },
      { ...method, tlsClientAuthSanDns: '*.test' },
      { ...method, tlsClientAuthSubjectDn: 'photos' },
      { ...method, tlsClientAuthSanDns: 'a.test', secret: 'x'.repeat(40) },
      { authenticationMethod: 'client_secret_basic', tlsClientAuthSanDns: 'a.test' },
      { authenticationMethod: 'self_signed_tls_client_auth' },
    ]) {
      await expect(aClient('never', wishes)).rejects.toThrow()
    }
  })

  test('follows its changes: another name, another method, and no way back to a secret', async () => {
    await aClient('changing', { authenticationMethod: 'tls_client_auth', tlsClientAuthSanDns: 'photos.example' })
    expect((await ask('changing', photos)).status).toBe(200)
    await clients.update('changing', { name: 'Renamed' }, 'test')
    expect((await ask('changing', photos)).status).toBe(200)
    await clients.update('changing', { tlsClientAuthSubjectDn: 'CN=other,O=Example' }, 'test')
    expectNobody(await ask('changing', photos))
    expect((await ask('changing', other)).status).toBe(200)
    const wishes = { authenticationMethod: 'self_signed_tls_client_auth', jwks: jwksOf(photos, ownMade) }
    await clients.update('changing', wishes, 'test')
    expectNobody(await ask('changing', other))
    expect((await ask('changing', ownMade)).status).toBe(200)
    for (const method of ['client_secret_basic', 'none']) {
      await expect(clients.update('changing', { authenticationMethod: method }, 'test')).rejects.toThrow()
    }
    await expect(clients.rotateSecret('changing', { overlap: 0 }, 'test')).rejects.toThrow()
  })

  test('a JWK whose x5c is of another key cannot be registered', async () => {
    const method = { authenticationMethod: 'self_signed_tls_client_auth' }
    const [key = {}] = (jwksOf(ownMade) as { keys: object[] }).keys
    const x5c = (pair: KeyPair) => [new X509Certificate(pair.pem.certificate).raw.toString('base64')]
    await aClient('chained', { ...method, jwks: { keys: [{ ...key, x5c: x5c(ownMade) }] } })
    expect((await ask('chained', ownMade)).status).toBe(200)
    const wrong = { keys: [{ ...key, x5c: x5c(photos) }] }
    await expect(aClient('never', { ...method, jwks: wrong })).rejects.toThrow('x5c')
  })
})
