import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '#config/load.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { start } from '#idp/main.ts'
import { createLogger } from '#server/http/logging.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { expectSafeHeaders } from './support/answers.ts'
import { headersOf, sendRaw } from './support/raw-http.ts'
import { aWorld, type World } from './support/world.ts'

/** A server behind a TLS proxy: https outside, so that HSTS has to be there. */
const fault = { now: undefined as Error | undefined }
const world = await aWorld({
  flags: { issuer: 'https://op.test' },
  tamper: (stores) => ({
    ...stores,
    clients: { ...stores.clients, find: (id) => (fault.now ? Promise.reject(fault.now) : stores.clients.find(id)) },
  }),
})
const { port } = world.server
const host = 'Host: op.test'
const form = 'Content-Type: application/x-www-form-urlencoded'
const canary = 'canary-in-the-request'

/** Every way to an error, by the status that it has. */
const ways: Readonly<Record<string, readonly [number, string]>> = {
  'a page': [400, `GET /authorize?x=${canary} HTTP/1.1\r\n${host}\r\n`],
  JSON: [401, `POST /token HTTP/1.1\r\n${host}\r\n`],
  'a bearer token': [401, `GET /userinfo HTTP/1.1\r\n${host}\r\nAuthorization: Bearer ${canary}\r\n`],
  'a path that cannot be decoded': [400, `GET /%zz${canary} HTTP/1.1\r\n${host}\r\n`],
  'a path of half a character': [400, `GET /authorize/%c0%af${canary} HTTP/1.1\r\n${host}\r\n`],
  'a form of another site': [400, `POST /login HTTP/1.1\r\n${host}\r\nOrigin: https://evil.test\r\n`],
  'an unknown path': [404, `GET /${canary} HTTP/1.1\r\n${host}\r\n`],
  'an unknown path for people': [404, `GET /${canary} HTTP/1.1\r\n${host}\r\nAccept: text/html\r\n`],
  'an unknown path below a known one': [404, `GET /token/${canary} HTTP/1.1\r\n${host}\r\n`],
  'a long path': [404, `GET /${'a'.repeat(10_000)} HTTP/1.1\r\n${host}\r\n`],
  'OPTIONS *': [404, `OPTIONS * HTTP/1.1\r\n${host}\r\n`],
  'another method': [405, `GET /token HTTP/1.1\r\n${host}\r\n`],
  TRACE: [405, `TRACE /authorize HTTP/1.1\r\n${host}\r\nCookie: x=${canary}\r\n`],
  'a document by POST': [405, `POST /.well-known/jwks.json HTTP/1.1\r\n${host}\r\n`],
  'a big body': [413, `POST /token HTTP/1.1\r\n${host}\r\n${form}\r\nContent-Length: 70000\r\n`],
  'a big body for a page': [413, `POST /login HTTP/1.1\r\n${host}\r\n${form}\r\nContent-Length: 70000\r\n`],
  'another content type': [
    415,
    `POST /token HTTP/1.1\r\n${host}\r\nContent-Type: application/${canary}\r\nContent-Length: 2\r\n`,
  ],
  'a packed body': [
    415,
    `POST /login HTTP/1.1\r\n${host}\r\n${form}\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n`,
  ],
  'another host': [421, `GET /authorize HTTP/1.1\r\nHost: evil.test\r\n`],
  'two hosts': [400, `GET /authorize HTTP/1.1\r\n${host}\r\nHost: evil.test\r\n`],
  'no host': [400, 'GET /authorize HTTP/1.1\r\n'],
  'an unknown expectation': [401, `POST /token HTTP/1.1\r\n${host}\r\nExpect: ${canary}\r\n`],
  'long headers': [431, `GET / HTTP/1.1\r\n${host}\r\nX: ${'x'.repeat(20_000)}\r\n`],
  'a broken header': [400, `GET / HTTP/1.1\r\n${host}\r\nX ${canary}\r\n`],
  'a broken length': [400, `POST /token HTTP/1.1\r\n${host}\r\n${form}\r\nContent-Length: x\r\n`],
  'an unknown method': [400, `${canary} / HTTP/1.1\r\n${host}\r\n`],
  'HTTP/2': [400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n'],
}

function mend(): void {
  fault.now = undefined
}

async function expectCovered(w: World, status: number, head: string): Promise<void> {
  const { statuses, text } = await sendRaw(
    w.server.port,
    `${head}Connection: close\r\n\r\n${head.includes('Length: 2\r') ? 'ab' : ''}`,
    3000,
  )
  expect(statuses).toEqual([status])
  const headers = headersOf(text)
  expectSafeHeaders(headers)
  expect(headers.get('strict-transport-security')).toMatch(/^max-age=(?!0)\d{7,}$/)
  expect(headers.get('permissions-policy')).toContain('camera=()')
  expect(headers.get('content-type')).toMatch(/^(text\/html|application\/json); ?charset=utf-8$/)
  expect(text.split('\r\n\r\n')[1]).not.toContain(canary)
  expect(text).not.toMatch(/FST_|Fastify|node_modules|\.ts:\d|at \w+ \(/)
}

describe('H18 the same headers on every way out', () => {
  test.each(Object.entries(ways).map(([name, [status, head]]) => ({ name, status, head })))(
    'H18 $status for $name',
    async ({ status, head }) => {
      await expectCovered(world, status, head)
      world.check()
    },
  )

  const asks = [
    `GET /authorize?client_id=c1 HTTP/1.1\r\n${host}\r\n`,
    `POST /token HTTP/1.1\r\n${host}\r\nAuthorization: Basic ${btoa('c1:x')}\r\n`,
  ]

  test.each(asks)('H18 500 says nothing of its cause: %j', async (head) => {
    fault.now = new TypeError(`${canary} is not a function`)
    onTestFinished(mend)
    await expectCovered(world, 500, head)
    world.check([500])
  })

  test.each(asks)('H18 503 says when to come again: %j', async (head) => {
    fault.now = new Unavailable(`${canary} at redis://user:password@10.0.0.1`)
    onTestFinished(mend)
    await expectCovered(world, 503, head)
    const { text } = await sendRaw(port, `${head}Connection: close\r\n\r\n`, 3000)
    expect(headersOf(text).get('retry-after')).toMatch(/^[1-9]\d*$/)
    world.check([503])
  })

  test('H18 good answers too', async () => {
    await expectCovered(world, 200, `GET / HTTP/1.1\r\n${host}\r\n`)
    onTestFinished(world.close)
  })
})

describe('H19 health and metrics are not on the public port', () => {
  test('H19 whatever the request pretends to be', async () => {
    const { url, management, log } = await aWholeServer()
    const paths = [
      '/metrics',
      '/health',
      '/health/live',
      '/health/ready',
      '/health/started',
      '/metrics/',
      '//metrics',
      '/./metrics',
      '/x/../metrics',
      '/%6detrics',
      '/METRICS',
      '/metrics;x',
      '/metrics?x',
      '/admin',
      '/admin/api/v1/clients',
      '/debug',
      '/.env',
      '/.git/config',
      '/server-status',
    ]
    const disguises: Record<string, string>[] = [
      {},
      { 'user-agent': 'kube-probe/1.31' },
      { 'user-agent': 'Prometheus/3.0' },
      { 'user-agent': 'GoogleHC/1.0' },
      { 'x-forwarded-for': '127.0.0.1' },
      { 'x-original-url': '/metrics' },
      { 'x-forwarded-port': '9090' },
      { authorization: 'Bearer x' },
    ]
    for (const path of paths) {
      for (const headers of disguises) {
        const answer = await fetch(`${url}${path}`, { headers, redirect: 'manual' })
        expect(answer.status, path).toBe(404)
        expect(await answer.text(), path).not.toMatch(/signet_|process_cpu|"status":"(live|ready)"/)
      }
    }
    for (const path of ['/metrics', '/health/live', '/health/ready', '/health/started']) {
      const answer = await fetch(`${management}${path}`)
      expect([answer.status, answer.headers.get('cache-control')], path).toEqual([200, 'no-store'])
      expect(await answer.text()).not.toContain(canary)
    }
    for (const path of ['/', '/token', '/authorize', '/.well-known/jwks.json', '/admin/api/v1/clients']) {
      expect((await fetch(`${management}${path}`)).status, path).toBe(404)
    }
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await fetch(`${management}/metrics`, { method })).status).toBe(404)
    expect(log.filter((line) => /"status":5\d\d/.test(line))).toEqual([])
  })
})

/** A server as `signet serve` starts it, with both listeners. */
async function aWholeServer() {
  const directory = mkdtempSync(join(tmpdir(), 'signet-test-'))
  const [public_ = 0, management = 0] = await freePorts(2)
  const flags = {
    'listen.port': String(public_),
    'management.port': String(management),
    issuer: `http://localhost:${public_}`,
    'data.directory': join(directory, 'data'),
    'keys.directory': join(directory, 'keys'),
  }
  const config = loadConfig({ mode: 'dev', env: {}, flags })
  const log: string[] = []
  const logger = createLogger({ log: { level: 'debug' } }, { write: (line: string) => void log.push(line) })
  const server = await start(config, { logger })
  onTestFinished(async () => {
    await server.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return { url: config.issuer, management: `http://127.0.0.1:${management}`, log }
}
