import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '#test/support/free-ports.ts'
import { startPostgres, type TestPostgres, whyNoPostgres } from '#test/support/postgres.ts'
import { type PrivateRedis, startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'
import { beginServer } from './begun-server.ts'
import { aMachine, type Machine } from './machine.ts'

const waiting = { timeout: 60_000, interval: 50 }

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
})
afterAll(() => machine.remove())

/** Takes connections for another server from now on, as if that one had just come up. */
async function comesUp(port: number, url: string): Promise<() => void> {
  const { hostname, port: behind } = new URL(url)
  const server = createServer((near) => {
    const far = connect(Number(behind), hostname)
    for (const socket of [near, far]) socket.on('error', () => {})
    near.pipe(far)
    far.pipe(near)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return () => void server.close()
}

const noPostgres = whyNoPostgres()
if (noPostgres) console.warn(`a start without a database is not tested: ${noPostgres}`)

describe.skipIf(noPostgres !== undefined)('while PostgreSQL is down', () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.stop())

  test('a server starts, is live, says what it waits for, and is ready once it is there', async () => {
    const [port = 0] = await freePorts(1)
    const database = await postgres.openDatabase()
    const url = new URL(database)
    url.port = `${port}`
    const server = await beginServer(machine, { DATABASE_URL: url.href, SIGNET_KEYS_STORE: 'database' })
    await expect.poll(async () => (await server.health('/health/live')).status, waiting).toBe(200)
    await expect
      .poll(() => server.health('/health/ready'), waiting)
      .toEqual({ status: 503, body: { status: 'not ready', failing: ['accepting', 'database'] } })
    expect(await server.health('/health/started')).toEqual({
      status: 503,
      body: { status: 'starting', failing: ['database'] },
    })
    expect(server.said().match(/"event":"waiting"/g)).toHaveLength(1)

    const goDown = await comesUp(port, database)
    await expect.poll(async () => (await server.health('/health/ready')).status, waiting).toBe(200)
    expect((await fetch(`${server.url}/.well-known/jwks.json`)).status).toBe(200)
    expect((await server.stop()).code).toBe(0)
    goDown()
  })

  test('a database that is not there is wrong, not down', async () => {
    const url = new URL(await postgres.openDatabase())
    url.pathname = '/no_such_database'
    const server = await beginServer(machine, { DATABASE_URL: url.href })
    expect(await server.end).toMatchObject({ code: 6, err: expect.stringContaining('(3D000)') })
  })
})

const noRedis = whyNoPrivateRedis()
if (noRedis) console.warn(`a start without Redis is not tested: ${noRedis}`)

describe.skipIf(noRedis !== undefined)('while Redis is down', () => {
  let redis: PrivateRedis
  beforeAll(async () => {
    redis = await startPrivateRedis()
  })
  afterAll(() => redis.stop())

  test('a server starts, is live, says what it waits for, and is ready once it is there', async () => {
    await redis.kill()
    const server = await beginServer(machine, { REDIS_URL: redis.url })
    await expect
      .poll(() => server.health('/health/ready'), waiting)
      .toEqual({ status: 503, body: { status: 'not ready', failing: ['accepting', 'store'] } })
    expect((await server.health('/health/live')).status).toBe(200)

    await redis.restart()
    await expect.poll(async () => (await server.health('/health/ready')).status, waiting).toBe(200)
    expect((await server.stop()).code).toBe(0)
  })

  test('a refused password is wrong, not down, and is not told', async () => {
    const { port } = new URL(redis.url)
    const server = await beginServer(machine, { REDIS_URL: `redis://nobody:canary@127.0.0.1:${port}` })
    const { code, out, err } = await server.end
    expect([code, err]).toEqual([6, expect.stringContaining('WRONGPASS')])
    expect(out + err).not.toContain('canary')
  })
})

test('a server that still waits ends at once when it is told to', async () => {
  const server = await beginServer(machine, { REDIS_URL: 'redis://127.0.0.1:1' })
  await expect.poll(server.said, waiting).toContain('"event":"waiting"')
  const watch = aStopwatch()
  expect((await server.stop()).code).toBe(0)
  expect(watch.milliseconds()).toBeLessThan(5000)
})

test('a ring that is missing though the database remembers its keys still ends the start', async () => {
  await machine.json(['keys', 'rotate'])
  const server = await beginServer(machine, { SIGNET_KEYS_DIR: `${machine.folder}/elsewhere` })
  expect(await server.end).toMatchObject({ code: 1, err: expect.stringContaining('the database remembers') })
})
