import { X509Certificate } from 'node:crypto'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { anAuthority, type KeyPair, localServer } from '#test/support/certificates.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { type Posted, post, trust } from '#test/support/secure-server.ts'
import { aServer, type TestServer } from '#test/support/server.ts'
import { noNginx, startNginx } from './support/nginx.ts'
import { requestFrom } from './support/request-from.ts'

const authority = anAuthority()
const clientCa = anAuthority('Authority of clients')
trust(authority)

const [proxyPort = 0] = await freePorts(1)
const clientHost = `localhost:${proxyPort}`
const flags = { 'listen.trustProxy': '127.0.0.1', 'listen.tls.proxyCertificateHeader': 'Client-Cert' }
const server = await aServer({
  flags: {
    ...flags,
    'listen.tls.clientUrl': `https://${clientHost}`,
    'listen.tls.proxyVerifiedHeader': 'Client-Verify',
  },
})
afterAll(async () => {
  await server.close()
  authority.remove()
  clientCa.remove()
})

const subject = '/O=Example/CN=photos'
const photos = clientCa.issue({ subject, usage: 'clientAuth' })
const ownMade = clientCa.selfSigned({ subject, usage: 'clientAuth' })
const other = clientCa.issue({ subject: '/CN=other', usage: 'clientAuth' })

async function register({ apis, clients }: TestServer): Promise<void> {
  await apis.create({ audience: 'https://rs.test', scopes: new Map([['rs:read', 'Read']]) }, 'test')
  const grantTypes = ['client_credentials']
  const same = { name: 'a', grantTypes, scopes: ['rs:read'] }
  const named = { authenticationMethod: 'tls_client_auth', tlsClientAuthSubjectDn: 'CN=photos,O=Example' }
  await clients.create({ ...same, id: 'pki', ...named }, 'test')
  const jwk = new X509Certificate(ownMade.pem.certificate).publicKey.export({ format: 'jwk' })
  const keyed = { authenticationMethod: 'self_signed_tls_client_auth', jwks: { keys: [jwk] } }
  await clients.create({ ...same, id: 'own', ...keyed }, 'test')
}
await register(server)

/** RFC 9440 §2.2. */
const structured = ({ pem }: KeyPair) => `:${new X509Certificate(pem.certificate).raw.toString('base64')}:`
/** What nginx writes for `$ssl_client_escaped_cert`. */
const escaped = ({ pem }: KeyPair) => encodeURIComponent(pem.certificate)

const grant = { grant_type: 'client_credentials', scope: 'rs:read' }

type Headers = Readonly<Record<string, string | string[]>>

/** Asks as a proxy would that forwards these headers; from an address that is listed unless told. */
async function askAsProxy(id: string, headers: Headers, { from = '127.0.0.1', to = server } = {}): Promise<number> {
  const body = new URLSearchParams({ ...grant, client_id: id })
  const named = { host: to === server ? clientHost : new URL(to.issuer).host, ...headers }
  return (await requestFrom({ port: to.port, path: '/token', method: 'POST', from, headers: named, body })).status
}

const verified = { 'client-verify': 'SUCCESS' }

test('a listed proxy hands certificates over, in either form', async () => {
  for (const form of [structured, escaped]) {
    expect(await askAsProxy('pki', { 'client-cert': form(photos), ...verified })).toBe(200)
    expect(await askAsProxy('own', { 'client-cert': form(ownMade), 'client-verify': 'FAILED:self-signed' })).toBe(200)
  }
})

test.each<[string, string, Headers]>([
  ['no word on the chain', 'pki', { 'client-cert': structured(photos) }],
  ['a failed verification', 'pki', { 'client-cert': structured(photos), 'client-verify': 'FAILED:expired' }],
  ['nothing verified', 'pki', { 'client-cert': structured(photos), 'client-verify': 'NONE' }],
  ['success in another case', 'pki', { 'client-cert': structured(photos), 'client-verify': 'success' }],
  ['success said twice', 'pki', { 'client-cert': structured(photos), 'client-verify': ['SUCCESS', 'SUCCESS'] }],
  ['success after a failure', 'pki', { 'client-cert': structured(photos), 'client-verify': ['FAILED', 'SUCCESS'] }],
  ['success of nothing', 'pki', verified],
  ['an empty certificate', 'pki', { 'client-cert': '', ...verified }],
  ['another name', 'pki', { 'client-cert': structured(other), ...verified }],
  ['another key', 'own', { 'client-cert': structured(photos), ...verified }],
  ['two certificates', 'pki', { 'client-cert': [structured(photos), structured(other)], ...verified }],
  ['two certificates in one', 'pki', { 'client-cert': `${structured(photos)}, ${structured(other)}`, ...verified }],
  ['a chain in PEM', 'pki', { 'client-cert': encodeURIComponent(photos.pem.certificate.repeat(2)), ...verified }],
  ['no base64', 'pki', { 'client-cert': ':@@@:', ...verified }],
  ['no certificate', 'pki', { 'client-cert': ':AAAA:', ...verified }],
  ['a broken escape', 'pki', { 'client-cert': '%E0%A4%A', ...verified }],
  ['another header', 'pki', { 'x-client-cert': structured(photos), 'ssl-client-cert': escaped(photos), ...verified }],
])('D25 %s proves nothing', async (_what, id, headers) => {
  expect(await askAsProxy(id, headers)).toBe(401)
})

test('D25 whoever is not listed cannot hand anything over, whatever it says of where it comes from', async () => {
  const claims = { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1', 'x-real-ip': '127.0.0.1' }
  for (const from of ['127.0.0.2', '127.0.0.200']) {
    for (const headers of [
      { 'client-cert': structured(photos), ...verified, ...claims },
      { 'client-cert': escaped(photos), ...verified },
    ])
      expect(await askAsProxy('pki', headers, { from })).toBe(401)
    expect(await askAsProxy('own', { 'client-cert': structured(ownMade), ...verified }, { from })).toBe(401)
  }
})

test('D25 at the host for browsers nothing is handed over: a proxy may pass on what anybody writes there', async () => {
  const host = new URL(server.issuer).host
  const forged = { 'client-cert': structured(photos), ...verified }
  expect(await askAsProxy('pki', { ...forged, host })).toBe(401)
  expect(await askAsProxy('pki', forged)).toBe(200)
  const page = await requestFrom({ port: server.port, path: '/', headers: { host: clientHost } })
  expect(page.status).toBe(404)
})

test('D25 where the proxy has no word on chains, keys count and names do not, and the metadata says so', async () => {
  const wordless = await aServer({ flags })
  await register(wordless)
  const methods = async ({ issuer }: TestServer): Promise<unknown> => {
    const response = await fetch(`${issuer}/.well-known/openid-configuration`)
    const metadata = (await response.json()) as { readonly token_endpoint_auth_methods_supported: unknown }
    return metadata.token_endpoint_auth_methods_supported
  }
  expect(await askAsProxy('pki', { 'client-cert': structured(photos), ...verified }, { to: wordless })).toBe(401)
  expect(await askAsProxy('own', { 'client-cert': structured(ownMade) }, { to: wordless })).toBe(200)
  expect(await methods(wordless)).not.toContain('tls_client_auth')
  expect(await methods(wordless)).toContain('self_signed_tls_client_auth')
  expect(await methods(server)).toContain('tls_client_auth')
  await wordless.close()
})

/** As the guide for operators has it. */
function askingServer(own: KeyPair): string {
  return `server {
    listen 127.0.0.1:${proxyPort} ssl;
    ssl_certificate ${own.certificate};
    ssl_certificate_key ${own.key};
    ssl_client_certificate ${clientCa.certificate};
    ssl_verify_client optional_no_ca;
    location / {
      proxy_pass http://127.0.0.1:${server.port};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header Client-Cert $ssl_client_escaped_cert;
      proxy_set_header Client-Verify $ssl_client_verify;
    }
  }`
}

describe.skipIf(noNginx)(`behind nginx${noNginx && ` (${noNginx})`}`, () => {
  test('D25 what nginx verified counts; what it did not is a key at most; what a client writes itself is gone', async () => {
    const nginx = await startNginx(proxyPort, () => askingServer(authority.issue(localServer)))
    onTestFinished(() => nginx.close())
    const ask = (id: string, shows?: KeyPair, headers = {}): Promise<Posted> =>
      post(`https://localhost:${proxyPort}/token`, { ...grant, client_id: id }, { ...(shows && { shows }), headers })
    const forged = { 'Client-Cert': structured(photos), 'Client-Verify': 'SUCCESS' }
    const answers = {
      'a verified certificate': (await ask('pki', photos)).status,
      'the same name, signed by itself': (await ask('pki', ownMade)).status,
      'another name': (await ask('pki', other)).status,
      'no certificate': (await ask('pki')).status,
      'no certificate, and headers of its own': (await ask('pki', undefined, forged)).status,
      'another certificate, and headers of its own': (await ask('pki', other, forged)).status,
      'its own key': (await ask('own', ownMade)).status,
      'a verified certificate of another key': (await ask('own', photos)).status,
    }
    expect(answers).toEqual({
      'a verified certificate': 200,
      'the same name, signed by itself': 401,
      'another name': 401,
      'no certificate': 401,
      'no certificate, and headers of its own': 401,
      'another certificate, and headers of its own': 401,
      'its own key': 200,
      'a verified certificate of another key': 401,
    })
  })
})
