import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { connect } from 'node:tls'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { brokenRequests } from '#server/http/broken-requests.ts'
import { openCertificates } from '#server/http/tls.ts'
import { type KeyPair, localServer } from '#test/support/certificates.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { aSecureServer, post } from '#test/support/secure-server.ts'
import { aServer, type TestServer } from '#test/support/server.ts'

const server = await aSecureServer()
const { issuer, clientUrl, certificates, own, authority, port } = server
afterAll(() => server.close())

/** The serial number of the certificate that a new connection is shown. */
function shown(to = port, options = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ port: to, host: '127.0.0.1', servername: 'localhost', ...options }, () => {
    resolve(socket.getPeerX509Certificate()?.serialNumber ?? '')
    socket.destroy()
  })
  socket.once('error', reject)
  return promise
}

/** Asks for the JWKS on a connection that is kept. */
function ask(agent: Agent): Promise<{ status: number | undefined; isReused: boolean }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; isReused: boolean }>()
  const sent = request(`${issuer}/.well-known/jwks.json`, { agent }, (response) => {
    response.resume().once('end', () => resolve({ status: response.statusCode, isReused: sent.reusedSocket }))
  })
  sent.once('error', reject).end()
  return promise
}

/** What Prometheus is told of the end of the certificate, in seconds. */
async function expiry(of: Pick<TestServer, 'metrics'> = server): Promise<number | undefined> {
  const { text } = await of.metrics.expose()
  const value = /^signet_certificate_expiry_timestamp_seconds (\d+)$/m.exec(text)?.[1]
  return value === undefined ? undefined : Number(value)
}

function endOf(pem: string): number {
  return new X509Certificate(pem).validToDate.getTime() / 1000
}

test('a server without a certificate of its own tells of none', async () => {
  const plain = await aServer()
  onTestFinished(() => plain.close())
  expect(await expiry(plain)).toBeUndefined()
})

test('another certificate is for new connections; those that are open stay', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const before = await shown()
  expect(await expiry()).toBe(endOf(own.pem.certificate))
  expect(await ask(agent)).toEqual({ status: 200, isReused: false })

  const next = authority.issue({ ...localServer, ends: new Date('2040-01-01T00:00:00Z') })
  copyFileSync(next.certificate, own.certificate)
  copyFileSync(next.key, own.key)
  certificates?.look()

  expect(await expiry()).toBe(Date.UTC(2040, 0, 1) / 1000)
  const after = await shown()
  expect(after).not.toBe(before)
  expect(await shown(server.config.listen.tls.clientPort)).toBe(after)
  expect(await ask(agent)).toEqual({ status: 200, isReused: true })
  expect(server.log.filter((line) => line.includes('certificate_renewed'))).toHaveLength(1)
  const weak = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA@SECLEVEL=0' }
  await expect(shown(port, weak)).rejects.toThrow(/handshake failure/i)
})

test('files that do not fit are told of once, and not taken', async () => {
  const before = await shown()
  const next = authority.issue(localServer)
  copyFileSync(next.key, own.key)
  certificates?.look()
  certificates?.look()
  writeFileSync(own.certificate, 'half of a fi')
  certificates?.look()
  expect(await shown()).toBe(before)
  const told = server.log.filter((line) => line.includes('certificate_refused'))
  expect(told.map((line) => /"fault":"([^"]*)"/.exec(line)?.[1])).toEqual([
    expect.stringMatching(/^The key in .* does not fit the certificate\.$/),
    expect.stringMatching(/holds no certificate that can be read\.$/),
  ])
  expect(told.join()).not.toContain('PRIVATE')
  copyFileSync(next.certificate, own.certificate)
  certificates?.look()
  expect(await shown()).not.toBe(before)
})

test('authorities of clients change with their file, for sessions that are resumed too', async () => {
  const { clients, clientCa } = server
  const other = clientCa.selfSigned({ subject: '/CN=Another authority', isAuthority: true })
  const shows = clientCa.issue({ subject: '/CN=a', san: 'DNS:a.test', usage: 'clientAuth' })
  const method = { authenticationMethod: 'tls_client_auth', tlsClientAuthSanDns: 'a.test' }
  await clients.create({ id: 'a', name: 'a', grantTypes: ['client_credentials'], ...method }, 'test')
  const status = async () => (await post(`${clientUrl}/revoke`, { client_id: 'a', token: 'x' }, { shows })).status
  expect(await status()).toBe(200)
  const ticket = await aTicket(shows)
  expect(await isResumed(ticket, shows)).toBe(true)
  copyFileSync(other.certificate, clientCa.certificate)
  certificates?.look()
  expect(await status()).toBe(401)
  expect(await isResumed(ticket, shows)).toBe(false)
})

/** A connection to the port for clients, as this one. */
function connectAs(shows: KeyPair, session?: Buffer) {
  const { certificate: cert, key } = shows.pem
  const at = { port: server.config.listen.tls.clientPort ?? 0, host: '127.0.0.1', servername: 'localhost' }
  return connect({ ...at, cert, key, ...(session && { session }) })
}

/** What a client may come back with, to spare the handshake. */
async function aTicket(shows: KeyPair): Promise<Buffer> {
  const socket = connectAs(shows)
  const [ticket]: Buffer[] = await once(socket, 'session')
  socket.destroy()
  return ticket ?? Buffer.alloc(0)
}

async function isResumed(ticket: Buffer, shows: KeyPair): Promise<boolean> {
  const socket = connectAs(shows, ticket)
  await once(socket, 'secureConnect')
  const is = socket.isSessionReused()
  socket.destroy()
  return is
}

test('the port for clients has their endpoints and the public documents, and no page', async () => {
  for (const path of ['/', '/authorize', '/login', '/logout', '/userinfo', '/style.css']) {
    expect([path, (await fetch(`${clientUrl}${path}`)).status]).toEqual([path, 404])
  }
  const metadata = await (await fetch(`${clientUrl}/.well-known/openid-configuration`)).json()
  expect(metadata).toMatchObject({
    issuer,
    token_endpoint: `${issuer}/token`,
    mtls_endpoint_aliases: {
      token_endpoint: `${clientUrl}/token`,
      introspection_endpoint: `${clientUrl}/introspect`,
      revocation_endpoint: `${clientUrl}/revoke`,
    },
    token_endpoint_auth_methods_supported: expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth']),
  })
  expect(metadata).not.toHaveProperty('tls_client_certificate_bound_access_tokens')
})

test('a connection on which no handshake comes is ended when its time is over', async () => {
  const opened = openCertificates({ tls: server.config.listen.tls, now: () => new Date(), logger: server.app.log })
  const listener = opened?.listener(() => {}, { http: { handshakeTimeout: 100 }, asksClients: false })
  listener?.on('clientError', brokenRequests({ isHttps: true }).clientErrorHandler)
  const [free = 0] = await freePorts(1)
  onTestFinished(() => {
    opened?.close()
    listener?.close()
  })
  await new Promise<void>((resolve) => listener?.listen(free, '127.0.0.1', resolve))
  const silent = connectPlain(free, '127.0.0.1')
  await once(silent.resume(), 'close')
  expect(silent.bytesRead).toBe(0)
})

test('every answer asks browsers to come by https', async () => {
  expect((await fetch(`${issuer}/`)).headers.get('strict-transport-security')).toBe('max-age=31536000')
})
