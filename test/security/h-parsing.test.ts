import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { openSocket, readToEnd, sendRaw } from './support/raw-http.ts'
import { smuggling } from './support/smuggling.ts'
import { postForm } from './support/steps.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const { port } = world.server
const { host, form, smuggled, chunk, post, ambiguous } = smuggling(`localhost:${port}`)
const sawSmuggled = () => world.server.log.some((line) => line.includes('"path":"/smuggled"'))

describe('H08 where two parsers could disagree, there is an end', () => {
  test.each(Object.entries(ambiguous))('H08 %s', async (_name, bytes) => {
    const { statuses, isClosed } = await sendRaw(port, bytes, 5000)
    expect([400, 413]).toContain(statuses[0])
    expect([statuses.length, isClosed]).toEqual([1, true])
    expect(sawSmuggled()).toBe(false)
  })

  test('H08 a body that nobody reads is not the next request', async () => {
    for (const [line, headers] of [
      ['GET /', ''],
      ['GET /nowhere', ''],
      ['HEAD /', ''],
      ['DELETE /token', ''],
      ['OPTIONS /token', ''],
      ['POST /nowhere', `${form}\r\n`],
      ['POST /token', 'Content-Type: text/plain\r\n'],
      ['POST /login', `${form}\r\n`],
    ] as const) {
      const head = `${line} HTTP/1.1\r\n${host}\r\n${headers}`
      for (const bytes of [
        `${head}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
        `${head}Transfer-Encoding: chunked\r\n\r\n${chunk(smuggled)}0\r\n\r\n`,
      ]) {
        const { statuses } = await sendRaw(
          port,
          `${bytes}GET /honest HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`,
          3000,
        )
        expect(statuses.length, line).toBeLessThanOrEqual(2)
      }
    }
    expect(sawSmuggled()).toBe(false)
  })

  test('H08 honest requests one after the other on one connection keep their answers apart', async () => {
    const count = 500
    const secret = `client_id=c2&client_secret=${world.c2.secret}&grant_type=client_credentials&scope=rs1:read`
    const pair = `GET /nowhere HTTP/1.1\r\n${host}\r\n\r\n${post([`Content-Length: ${secret.length}`], secret)}`
    const socket = await openSocket(port)
    const answer = readToEnd(socket, 30_000)
    socket.write(`${pair.repeat(count)}GET / HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`)
    const { statuses } = await answer
    expect(statuses).toEqual([...Array.from({ length: count }, () => [404, 200]).flat(), 200])
  })

  test('H08 HTTP/2, tunnels and other protocols are not spoken', async () => {
    const refused = [
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      `CONNECT evil.test:443 HTTP/1.1\r\n${host}\r\n\r\n`,
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'SSH-2.0-x\r\n',
      'EHLO evil.test\r\n',
      '*1\r\n$4\r\nPING\r\n',
      '\0'.repeat(100),
    ]
    for (const bytes of refused) {
      const { statuses, isClosed } = await sendRaw(port, bytes, 2000)
      expect(
        statuses.filter((status) => status !== 400),
        bytes.slice(0, 20),
      ).toEqual([])
      expect(isClosed, bytes.slice(0, 20)).toBe(true)
    }
    for (const upgrade of ['h2c', 'websocket', 'TLS/1.0']) {
      const { text } = await sendRaw(
        port,
        `GET / HTTP/1.1\r\n${host}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: ${upgrade}\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
        2000,
      )
      expect(text.slice(0, 15)).toBe('HTTP/1.1 200 OK')
    }
  })
})

describe('H12 bodies have an end', () => {
  const limit = 64 * 1024
  const flat = 60 * 1024 * 1024

  test('H12 one byte too much is refused before it is sent, at every endpoint', async () => {
    for (const path of [
      '/token',
      '/authorize',
      '/login',
      '/consent',
      '/introspect',
      '/revoke',
      '/userinfo',
      '/logout',
      '/logout/confirm',
      '/select-account',
    ]) {
      const { statuses, milliseconds } = await sendRaw(
        port,
        `POST ${path} HTTP/1.1\r\n${host}\r\n${form}\r\nContent-Length: ${limit + 1}\r\nConnection: close\r\n\r\n`,
        3000,
      )
      expect(statuses, path).toEqual([413])
      expect(milliseconds, path).toBeLessThan(2000)
    }
    const fits = await postForm(world, '/token', { x: 'x'.repeat(limit - 2) })
    expectJsonError(fits, 401, 'invalid_client')
    expectJsonError(await postForm(world, '/token', { x: 'x'.repeat(limit - 1) }), 413, 'invalid_request')
  })

  test('H12 a gigabyte in chunks is cut off early, and takes no memory', async () => {
    const before = process.memoryUsage().rss
    const socket = await openSocket(port)
    const answer = readToEnd(socket, 15_000)
    socket.write(post(['Transfer-Encoding: chunked']))
    const block = chunk('x'.repeat(16_000))
    let sent = 0
    while (!socket.destroyed && socket.writable && sent < 1_000_000_000) {
      sent += block.length
      if (!socket.write(block)) await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve))
    }
    const { statuses, isClosed } = await answer
    expect(statuses.filter((status) => status !== 413)).toEqual([])
    expect(isClosed).toBe(true)
    expect(sent).toBeLessThan(50_000_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(flat)
  })

  test('H12 headers and addresses have an end too', async () => {
    for (const bytes of [
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}\r\n${'X: y\r\n'.repeat(4000)}\r\n`,
      `GET / HTTP/1.1\r\n${host}\r\nCookie: ${'a=b; '.repeat(4000)}\r\n\r\n`,
    ]) {
      const { statuses, isClosed } = await sendRaw(port, bytes, 2000)
      expect([statuses, isClosed]).toEqual([[431], true])
    }
    const { statuses } = await sendRaw(
      port,
      `${post(['Transfer-Encoding: chunked'])}0\r\n${'X: y\r\n'.repeat(20_000)}\r\n`,
      3000,
    )
    expect(statuses.filter((status) => status >= 500 || status === 200)).toEqual([])
  })
})

test('H16 packed bodies are refused unread', async () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000, 'a=b&'))
  const honest = gzipSync(`grant_type=client_credentials&client_id=c2&client_secret=${world.c2.secret}`)
  const before = process.memoryUsage().rss
  for (const path of ['/token', '/login', '/revoke', '/introspect', '/userinfo', '/authorize', '/logout']) {
    for (const coding of [
      'gzip',
      'GZIP',
      'x-gzip',
      'deflate',
      'br',
      'zstd',
      'compress',
      'gzip, gzip',
      'identity, gzip',
      'unknown',
      '*',
    ]) {
      for (const body of [bomb, honest]) {
        const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': coding }
        expect((await world.send(path, { method: 'POST', headers, body })).status, `${path} ${coding}`).toBe(415)
      }
    }
  }
  const { statuses } = await sendRaw(port, post(['Transfer-Encoding: gzip, chunked', 'Connection: close'], '0\r\n\r\n'))
  expect(statuses).toEqual([415])
  expect(process.memoryUsage().rss - before).toBeLessThan(60 * 1024 * 1024)
})
