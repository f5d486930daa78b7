import { connect as connectPlain } from 'node:net'
import { type ConnectionOptions, connect, createServer, type TLSSocket } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { freePorts } from '#test/support/free-ports.ts'
import { aSecureServer } from '#test/support/secure-server.ts'

const server = await aSecureServer()
const ports = [server.config.listen.port, server.config.listen.tls.clientPort ?? 0]
afterAll(() => server.close())

/** What a handshake came to: the protocol and cipher, or the code of the refusal. */
function handshake(port: number, options: ConnectionOptions = {}): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...options }, () => {
    resolve(`${socket.getProtocol()} ${socket.getCipher().name}`)
    socket.destroy()
  })
  socket.on('error', (error) => resolve('code' in error ? `${error.code}` : error.message))
  return promise
}

/** Sends bytes as they are; settles with what came back when the connection ends. */
function sendBytes(port: number, bytes: Buffer): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  const chunks: Uint8Array[] = []
  const socket = connectPlain(port, '127.0.0.1', () => socket.end(bytes))
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
  socket.on('error', () => {})
  socket.on('close', () => resolve(Buffer.concat(chunks)))
  return promise
}

async function expectAlive(): Promise<void> {
  expect((await fetch(`${server.issuer}/.well-known/jwks.json`)).status).toBe(200)
  expect(server.log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([])
}

/** A client that would take anything at all. */
const lax = { ciphers: 'ALL:eNULL:aNULL@SECLEVEL=0', minVersion: 'TLSv1' } as const
const weak: Readonly<Record<string, ConnectionOptions>> = {
  'TLS 1.0': { ...lax, maxVersion: 'TLSv1' },
  'TLS 1.1': { ...lax, maxVersion: 'TLSv1.1' },
  'no forward secrecy': { maxVersion: 'TLSv1.2', ciphers: 'kRSA@SECLEVEL=0' },
  'CBC with SHA-1': { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA@SECLEVEL=0' },
  'CBC with SHA-256': { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256@SECLEVEL=0' },
  'no encryption': { maxVersion: 'TLSv1.2', ciphers: 'eNULL@SECLEVEL=0' },
  'nobody at the other end': { maxVersion: 'TLSv1.2', ciphers: 'aNULL@SECLEVEL=0' },
}

describe.each([
  ['the first port', ports[0] ?? 0],
  ['the port for clients with certificates', ports[1] ?? 0],
])('H22 %s', (_which, port) => {
  test('speaks TLS 1.3 and 1.2 with the ciphers that are asked for today', async () => {
    expect(await handshake(port)).toMatch(/^TLSv1\.3 TLS_(AES|CHACHA20)/)
    expect(await handshake(port, { maxVersion: 'TLSv1.2' })).toMatch(/^TLSv1\.2 ECDHE-ECDSA-AES\d+-GCM-SHA/)
  })

  test.each(Object.entries(weak))('refuses %s', async (what, options) => {
    const code = await handshake(port, options)
    if (what.startsWith('TLS ')) expect(code).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
    else expect(code).toMatch(/^ERR_SSL_(TLSV1_ALERT_PROTOCOL_VERSION|SSL\/TLS_ALERT_HANDSHAKE_FAILURE)/)
    await expectAlive()
  })

  test('speaks HTTP/1.1, and ends with who wants another protocol alone', async () => {
    expect(await handshake(port, { ALPNProtocols: ['h2', 'http/1.1'] })).toMatch(/^TLSv1\.3/)
    expect(await handshake(port, { ALPNProtocols: ['h2'] })).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
  })

  test('answers what is no handshake by ending', async () => {
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      Buffer.from(''),
      Buffer.from([0x16, 3, 1, 0, 0]),
      Buffer.from([0x16, 3, 1, 0xff, 0xff, 1, 0, 0]),
      Buffer.alloc(5000, 0xff),
    ]) {
      expect((await sendBytes(port, bytes)).toString('latin1')).not.toContain('HTTP/')
    }
    await expectAlive()
  })
})

test('H22 the weak clients are not refused by themselves: a careless server takes them', async () => {
  const { key, certificate: cert } = server.own.pem
  const careless = createServer({ key, cert, ...lax }, (socket) => socket.end())
  const [port = 0] = await freePorts(1)
  await new Promise<void>((resolve) => careless.listen(port, '127.0.0.1', resolve))
  const taken = await Promise.all(['TLS 1.0', 'TLS 1.1', 'CBC with SHA-1'].map((what) => handshake(port, weak[what])))
  careless.close()
  expect(taken).toEqual([
    expect.stringMatching(/^TLSv1 ECDHE/),
    expect.stringMatching(/^TLSv1\.1 ECDHE/),
    'TLSv1.2 ECDHE-ECDSA-AES128-SHA',
  ])
})

/** A ClientHello as Node sends it for this name. */
async function helloFor(servername: string): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  const [port = 0] = await freePorts(1)
  const { createServer: listen } = await import('node:net')
  const trap = listen((socket) => {
    socket.once('data', (chunk) => {
      resolve(Buffer.from(chunk))
      socket.destroy()
      trap.close()
    })
  })
  await new Promise<void>((listening) => trap.listen(port, '127.0.0.1', listening))
  connect({ port, host: '127.0.0.1', servername, checkServerIdentity: () => undefined }).on('error', () => {})
  return promise
}

test('H22 odd and broken server names do no harm', async () => {
  const rejectUnauthorized = false
  for (const servername of [
    'nobody.test',
    'localhost.',
    '*',
    'xn--',
    '..',
    'a'.repeat(255),
    '%00',
    '../../etc/passwd',
  ]) {
    expect(await handshake(server.port, { servername, rejectUnauthorized })).toMatch(/^TLSv1\.3 |^ERR_SSL_/)
  }
  const name = 'server-name.test'
  const hello = await helloFor(name)
  const at = hello.indexOf(name)
  expect(at).toBeGreaterThan(0)
  for (const [offset, byte] of [
    [0, 0], // a NUL in the name
    [-1, 0xff], // a name longer than its list
    [-2, 0xff], // longer than the whole
    [-3, 9], // of a kind that is not there
    [-5, 0xff], // a list longer than its extension
    [-7, 0xff], // an extension longer than the message
  ] as const) {
    const broken = Buffer.from(hello)
    broken[at + offset] = byte
    expect((await sendBytes(server.port, broken)).subarray(0, 1).toString('hex')).toMatch(/^(15|16)?$/)
  }
  await expectAlive()
})

test('H22 another name in TLS than in the request does not lead past the check of hosts', async () => {
  const { port } = server
  const answer = await new Promise<string>((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost' }, () =>
      socket.write('GET / HTTP/1.1\r\nHost: nobody.test\r\nConnection: close\r\n\r\n'),
    )
    socket.once('data', (chunk) => {
      resolve(`${chunk}`)
      socket.destroy()
    })
  })
  expect(answer).toMatch(/^HTTP\/1\.1 421 /)
})
