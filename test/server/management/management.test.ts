import Fastify from 'fastify'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { openManagement } from '#server/management/management.ts'
import { measureRequests } from '#server/management/measure-requests.ts'
import { openMetrics } from '#server/management/metrics.ts'
import type { Checks } from '#server/management/readiness.ts'
import { headersOf, sendRaw } from '#test/security/support/raw-http.ts'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function aManagement(checks: Checks = {}) {
  const metrics = openMetrics(systemClock)
  const config = { management: { host: '127.0.0.1', port: 0 } }
  const management = openManagement({ config, checks, metrics, logger: pino({ level: 'silent' }) })
  open.push(management)
  const [address] = await management.listen()
  const get = async (path: string) => {
    const response = await fetch(address + path)
    return { status: response.status, body: await response.text(), type: response.headers.get('content-type') }
  }
  return { management, metrics, get, port: Number(new URL(address ?? '').port) }
}

test('readiness follows start and shutdown while liveness does not', async () => {
  const { management, get } = await aManagement()
  expect(await get('/health/started')).toMatchObject({ status: 503 })
  expect(await get('/health/ready')).toMatchObject({
    status: 503,
    body: '{"status":"not ready","failing":["accepting"]}',
  })

  management.begin()
  expect(await get('/health/started')).toMatchObject({ status: 200 })
  expect(await get('/health/ready')).toMatchObject({ status: 200 })

  management.drain()
  management.begin()
  expect(await get('/health/ready')).toMatchObject({ status: 503 })
  expect(await get('/health/started')).toMatchObject({ status: 200 })
  expect(await get('/health/live')).toMatchObject({ status: 200, body: '{"status":"live"}' })
})

test('readiness names the check that fails, a hanging or throwing one included, and not its reason', async () => {
  const { management, get } = await aManagement({
    database: async () => {},
    sessions: async () => Promise.reject(new Error('secret reason')),
    keys: () => {
      throw new Error('at once')
    },
    redis: () => new Promise(() => {}),
  })
  management.begin()

  const ready = await get('/health/ready')

  expect(ready.status).toBe(503)
  expect(JSON.parse(ready.body)).toEqual({ status: 'not ready', failing: ['sessions', 'keys', 'redis'] })
  const metrics = await get('/metrics')
  expect(metrics.body).toContain('signet_ready{check="database"} 1')
  expect(metrics.body).toContain('signet_ready{check="redis"} 0')
})

test('metrics are in the text format and know routes, not URLs', async () => {
  const { metrics, get } = await aManagement()
  const app = Fastify()
  open.push(app)
  measureRequests(app, metrics)
  app.get('/things/:id', async () => 'thing')
  await app.inject('/things/thing-42?secret=1')
  await app.inject('/no/such/url')

  const { type, body } = await get('/metrics')

  expect(type).toContain('text/plain')
  expect(body).toContain('signet_http_request_duration_seconds_count{method="GET",route="/things/:id",status="2xx"} 1')
  expect(body).toContain('signet_http_request_duration_seconds_count{method="GET",route="none",status="4xx"} 1')
  expect(body).not.toMatch(/thing-42|secret=|no\/such/)
})

test('the management listener has nothing else', async () => {
  const { get } = await aManagement()
  expect(await get('/')).toMatchObject({ status: 404 })
  expect(await get('/token')).toMatchObject({ status: 404 })
})

test('a head that is too long is told that its connection ends, so that nobody sends more on it', async () => {
  const { port } = await aManagement()
  const { text, statuses } = await sendRaw(
    port,
    `GET /health/live HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
  )
  expect(statuses).toEqual([431])
  expect(headersOf(text).get('connection')).toBe('close')
})

test('a request that cannot be read is the fault of whoever sent it', async () => {
  const { port } = await aManagement()
  const { statuses } = await sendRaw(
    port,
    'PATCH /health/ready HTTP/1.1\r\nhost: a\r\ncontent-type: \r\ncontent-length: 1\r\n\r\nx',
  )
  expect(statuses[0]).toBeGreaterThanOrEqual(400)
  expect(statuses[0]).toBeLessThan(500)
})
