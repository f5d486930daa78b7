import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { openSocket, readToEnd, sendRaw } from './support/raw-http.ts'
import { postForm } from './support/steps.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const { port } = world.server
const host = `Host: localhost:${port}`
const form = 'Content-Type: application/x-www-form-urlencoded'
const smuggled = `GET /smuggled HTTP/1.1\r\n${host}\r\n\r\n`
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

/** A request with these header lines, its body, and a second request behind it that must never be seen. */
const post = (headers: readonly string[], body = '') =>
  `POST /token HTTP/1.1\r\n${[host, form, ...headers].join('\r\n')}\r\n\r\n${body}`

/** Requests whose end two parsers see at two places. */
const ambiguous: Readonly<Record<string, string>> = {
  'CL.TE': post(['Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`),
  'TE.CL': post(['Transfer-Encoding: chunked', 'Content-Length: 4'], `${chunk(smuggled)}0\r\n\r\n`),
  'CL.TE, the second hidden by a tab': post(
    ['Content-Length: 6', 'Transfer-Encoding:\tchunked'],
    `0\r\n\r\n${smuggled}`,
  ),
  'TE with a space before the colon': post(
    ['Content-Length: 6', 'Transfer-Encoding : chunked'],
    `0\r\n\r\n${smuggled}`,
  ),
  'TE twice': post(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], `0\r\n\r\n${smuggled}`),
  'TE of an unknown kind': post(['Transfer-Encoding: xchunked'], `0\r\n\r\n${smuggled}`),
  'TE chunked and more': post(['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${smuggled}`),
  'TE with junk': post(['Transfer-Encoding: chunked;x=y'], `0\r\n\r\n${smuggled}`),
  'TE in quotes': post(['Transfer-Encoding: "chunked"'], `0\r\n\r\n${smuggled}`),
  'TE on a folded line': post(['Transfer-Encoding:\r\n chunked'], `0\r\n\r\n${smuggled}`),
  'TE behind a bare CR': post(['X: y\rTransfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${smuggled}`),
  'TE behind a bare LF': post(['X: y\nTransfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${smuggled}`),
  'CL twice, different': post(['Content-Length: 0', `Content-Length: ${smuggled.length}`], smuggled),
  'CL twice, same': post(['Content-Length: 5', 'Content-Length: 5'], `a=b&c${smuggled}`),
  'CL as a list': post([`Content-Length: 0, ${smuggled.length}`], smuggled),
  'CL with a plus': post(['Content-Length: +5'], `a=b&c${smuggled}`),
  'CL negative': post(['Content-Length: -1'], smuggled),
  'CL in hex': post(['Content-Length: 0x5'], `a=b&c${smuggled}`),
  'CL with a point': post(['Content-Length: 5.0'], `a=b&c${smuggled}`),
  'CL too big for a number': post(['Content-Length: 18446744073709551621'], `a=b&c${smuggled}`),
  'CL empty': post(['Content-Length:'], smuggled),
  'CL with a space inside': post(['Content-Length: 5 0'], `a=b&c${smuggled}`),
  'chunk size in 0x': post(['Transfer-Encoding: chunked'], `0x5\r\na=b&c\r\n0\r\n\r\n${smuggled}`),
  'chunk size negative': post(['Transfer-Encoding: chunked'], `-5\r\na=b&c\r\n0\r\n\r\n${smuggled}`),
  'chunk size overflows': post(['Transfer-Encoding: chunked'], `10000000000000005\r\na=b&c\r\n0\r\n\r\n${smuggled}`),
  'chunk longer than it says': post(['Transfer-Encoding: chunked'], `1\r\na=b&c\r\n0\r\n\r\n${smuggled}`),
  'chunk ended by a bare LF': post(['Transfer-Encoding: chunked'], `5\na=b&c\n0\n\n${smuggled}`),
  'chunk extension with a bare LF': post(['Transfer-Encoding: chunked'], `5;x\na=b&c\r\n0\r\n\r\n${smuggled}`),
  'chunk extensions without end': post(
    ['Transfer-Encoding: chunked'],
    `5;${'x'.repeat(30_000)}\r\na=b&c\r\n0\r\n\r\n${smuggled}`,
  ),
  'chunk size with a space': post(['Transfer-Encoding: chunked'], `5 5\r\na=b&c\r\n0\r\n\r\n${smuggled}`),
  'bare LF everywhere': post([]).replaceAll('\r\n', '\n') + smuggled,
  'bare CR everywhere': post([]).replaceAll('\r\n', '\r') + smuggled,
  'NUL in a header': post(['X: a\0b', 'Content-Length: 0'], smuggled),
  'a header without a name': post([': x', 'Content-Length: 0'], smuggled),
  'a header without a colon': post(['Content-Length', 'Content-Length: 0'], smuggled),
  'a space before the first header': `POST /token HTTP/1.1\r\n ${host}\r\nContent-Length: 0\r\n\r\n${smuggled}`,
  'a version that is none': `POST /token HTTP/1.1x\r\n${host}\r\n\r\n${smuggled}`,
  'a LF in the path': `GET /\n HTTP/1.1\r\n${host}\r\n\r\n${smuggled}`,
}

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
