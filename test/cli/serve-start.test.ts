import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePorts } from '#test/support/free-ports.ts'
import { aMachine, ended, type Machine, type Run } from './machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
})
afterAll(() => machine.remove())

type Server = {
  readonly url: string
  readonly management: string
  readonly said: () => string
  readonly end: Promise<Run>
  readonly stop: () => void
}

/** `signet serve` with these settings, once it listens. */
async function serve(settings: { readonly [name: string]: string }): Promise<Server> {
  const [port = 0, managed = 0] = await freePorts(2)
  const url = `http://localhost:${port}`
  const env = { SIGNET_ISSUER: url, SIGNET_PORT: `${port}`, SIGNET_MANAGEMENT_PORT: `${managed}`, ...settings }
  const child = machine.begin(['serve'], { env })
  let said = ''
  child.stdout?.on('data', (chunk) => {
    said += chunk
  })
  const end = ended(child)
  await expect.poll(() => said, { timeout: 60_000 }).toContain('"event":"listening"')
  const stop = (): void => void child.kill('SIGTERM')
  return { url, management: `http://127.0.0.1:${managed}`, said: () => said, end, stop }
}

test('keys that a server makes are in the trail, the log and the metrics', async () => {
  const server = await serve({})
  const metrics = await (await fetch(`${server.management}/metrics`)).text()
  expect(metrics).toContain('signet_audit_events_total{event="key.created",outcome="success"} 3')
  expect(server.said().match(/"msg":"key\.created"/g)).toHaveLength(3)
  server.stop()
  expect((await server.end).code).toBe(0)
})

test('an algorithm that is set for access tokens gets its key, on a ring that lacks it too', async () => {
  const { url, end, stop } = await serve({ SIGNET_TOKENS_ACCESS_ALG: 'EdDSA' })
  const { keys }: { keys: { alg: string }[] } = JSON.parse(await (await fetch(`${url}/.well-known/jwks.json`)).text())
  expect(keys.map(({ alg }) => alg)).toEqual(['ES256', 'RS256', 'EdDSA'])
  stop()
  expect((await end).code).toBe(0)
})

test('a server that is told to stop is not ready at once, and takes requests for the time that was set', async () => {
  const { url, management, end, stop } = await serve({ SIGNET_DRAIN_DELAY: '1s' })
  const told = performance.now()
  stop()
  await expect.poll(async () => (await fetch(`${management}/health/ready`)).status, { interval: 10 }).toBe(503)
  expect((await fetch(`${url}/.well-known/jwks.json`)).status).toBe(200)
  expect((await end).code).toBe(0)
  expect(performance.now() - told).toBeGreaterThanOrEqual(1000)
})
