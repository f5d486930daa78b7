import { randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { openFetcher } from '#idp/outbound/open-fetcher.ts'
import { anOutsideServer, aRawServer, type OutsideServer } from '#test/support/outside-servers.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'

const types = ['application/json']
const open: OutsideServer[] = []
const canary = await aRawServer((socket) => socket.destroy())
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})
afterAll(() => canary.close())

/** What the fetcher makes of a server, how many milliseconds pass, and how many of them it takes itself. */
async function fetched(server: OutsideServer, within = 3) {
  open.push(server)
  const fetcher = openFetcher({ allow: ['localhost'], clock: systemClock, within })
  const watch = aStopwatch()
  const start = performance.now()
  const got = await fetcher.get(`http://localhost:${server.port}/`, { types })
  return { got, passed: performance.now() - start, took: watch.milliseconds() }
}

async function answered(listener: RequestListener) {
  return (await fetched(await anOutsideServer(listener))).got
}

async function spoken(serve: (socket: Socket) => void, within?: number) {
  return fetched(await aRawServer(serve), within)
}

test('an honest document is fetched, so that what fails below fails for its own reason', async () => {
  const got = await answered((_, response) => {
    response.setHeader('content-type', 'Application/JSON; charset=UTF-8').end('{"ä":1}')
  })
  expect(got).toMatchObject({ outcome: 'fetched', document: { text: '{"ä":1}' } })
})

test('G08 what is asked says who asks, wants nothing compressed, and brings no cookie', async () => {
  const server = await anOutsideServer((_, response) => {
    response.setHeader('set-cookie', 'a=b').setHeader('content-type', 'application/json').end('{}')
  })
  const fetcher = openFetcher({ allow: ['localhost'], clock: systemClock })
  await fetcher.get(`http://localhost:${server.port}/a?b=c#secret`, { types })
  await fetcher.get(`http://localhost:${server.port}/d`, { types })
  expect(server.requests.map(({ url }) => url)).toEqual(['/a?b=c', '/d'])
  expect(Object.fromEntries(server.requests[1]?.headers ?? [])).toEqual({
    host: `localhost:${server.port}`,
    'user-agent': 'Signet',
    accept: 'application/json',
    'accept-encoding': 'identity',
    connection: 'close',
  })
  open.push(server)
})

test('G03 no redirect is followed, whatever its kind and wherever it leads', async () => {
  for (const status of [300, 301, 302, 303, 307, 308]) {
    for (const location of [
      `http://localhost:${canary.port}/`,
      `http://127.0.0.1:${canary.port}/`,
      '/other',
      'file:///x',
    ]) {
      const server = await anOutsideServer((_, response) => response.writeHead(status, { location }).end('{}'))
      const { got } = await fetched(server)
      expect(got).toMatchObject({ outcome: 'failed', reason: 'status' })
      expect(server.requests).toHaveLength(1)
      await server.close()
    }
  }
  const refreshing = await answered((_, response) => {
    response
      .setHeader('refresh', `0; url=http://localhost:${canary.port}/`)
      .setHeader('content-type', 'text/html')
      .end('x')
  })
  expect(refreshing).toMatchObject({ reason: 'type' })
  expect(canary.connections()).toBe(0)
})

test('G08 a server that sends a byte a second, or none, has three seconds in all', async () => {
  const drip = (socket: Socket, text: string) => {
    const timer = setInterval(() => socket.write(text), 200)
    socket.on('close', () => clearInterval(timer))
  }
  const silent = spoken(() => {})
  const body = spoken((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n')
    drip(socket, ' ')
  })
  const headers = spoken((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx-')
    drip(socket, 'x')
  })
  const early = spoken((socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'))
  for (const { got, passed, took } of await Promise.all([silent, body, headers, early])) {
    expect(got).toMatchObject({ outcome: 'failed', reason: 'unreachable', detail: 'no answer in time' })
    expect(passed).toBeGreaterThan(2500)
    expect(took).toBeLessThan(4500)
  }
})

test('G08 an endless document is given up after 64 KiB, an announced one before that', async () => {
  let sent = 0
  const endless = await spoken((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n')
    const more = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 0x20))) sent += 65_536
    }
    socket.on('drain', more)
    more()
  })
  expect(endless.got).toMatchObject({ outcome: 'failed', reason: 'size' })
  expect(sent).toBeLessThan(64 * 1024 * 1024)
  const chunked = await answered((_, response) =>
    response.setHeader('content-type', 'application/json').end(Buffer.alloc(65_537, 0x20)),
  )
  expect(chunked).toMatchObject({ reason: 'size' })
  const exact = await answered((_, response) =>
    response.setHeader('content-type', 'application/json').end(Buffer.alloc(65_536, 0x20)),
  )
  expect(exact).toMatchObject({ outcome: 'fetched' })
})

test('G05 ten megabytes are not read, announced or not', async () => {
  const before = process.memoryUsage().rss
  const big = Buffer.alloc(10 * 1024 * 1024, 0x20)
  for (const length of [{}, { 'content-length': String(big.length) }]) {
    const got = await answered((_, response) => {
      response.on('error', () => {})
      response.writeHead(200, { 'content-type': 'application/json', ...length }).end(big)
    })
    expect(got).toMatchObject({ outcome: 'failed', reason: 'size' })
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
})

test('G08 nothing compressed is taken: a bomb is not even opened', async () => {
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024))
  const small = Buffer.from('{}')
  for (const [encoding, body] of [
    ['gzip', bomb],
    ['gzip', gzipSync(small)],
    ['br', brotliCompressSync(small)],
    ['deflate', deflateSync(small)],
    ['gzip, gzip', gzipSync(gzipSync(small))],
    ['x-made-up', small],
  ] as const) {
    const got = await answered((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding }).end(body)
    })
    expect(got, encoding).toMatchObject({ outcome: 'failed', reason: 'encoding' })
  }
})

test('G08 a document of another type, or of none, or no text, is none', async () => {
  for (const type of [
    'text/html',
    'text/plain',
    'application/jsonp',
    'application/json2',
    'text/json',
    'x',
    'image/svg+xml',
  ]) {
    expect(await answered((_, response) => response.setHeader('content-type', type).end('{}')), type).toMatchObject({
      reason: 'type',
    })
  }
  expect(await answered((_, response) => response.end('{}'))).toMatchObject({ reason: 'type' })
  for (const bytes of [
    [0xff, 0xfe, 0x7b, 0x7d],
    [0x7b, 0xc0, 0xaf, 0x7d],
    [0xed, 0xa0, 0x80],
  ]) {
    const got = await answered((_, response) =>
      response.setHeader('content-type', 'application/json').end(Buffer.from(bytes)),
    )
    expect(got).toMatchObject({ outcome: 'failed', reason: 'type' })
  }
})

test('G08 only 200 brings a document', async () => {
  for (const status of [201, 202, 203, 206, 304, 400, 401, 403, 404, 410, 429, 500, 503]) {
    const got = await answered((_, response) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}'),
    )
    expect(got, String(status)).toMatchObject({ outcome: 'failed', reason: 'status' })
  }
})

test('G08 what is not HTTP, is cut off, or has headers without end, is unreachable', async () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
  for (const text of [
    'SSH-2.0-OpenSSH_9.2\r\n',
    '-ERR unknown command\r\n',
    '',
    `${head}content-length: 100\r\n\r\n{}`,
    `${head}transfer-encoding: chunked\r\n\r\n5\r\n{}`,
    `${head}transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n{}`,
    `${head}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
    `${head}x: ${'y'.repeat(20_000)}\r\n\r\n{}`,
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    randomBytes(1000).toString('latin1'),
  ]) {
    const { got, took } = await spoken((socket) => socket.end(text), 2)
    expect(got, JSON.stringify(text.slice(0, 60))).toMatchObject({ outcome: 'failed', reason: 'unreachable' })
    expect(took).toBeLessThan(2500)
  }
})
