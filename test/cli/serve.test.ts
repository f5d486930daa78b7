import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '#test/support/free-ports.ts'
import { type PrivateRedis, startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { aMachine, ended, type Machine } from './machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
})
afterAll(() => machine.remove())

test('several workers need a shared store', async () => {
  const args = ['serve', '--issuer', 'http://localhost:3000', '--workers', '2']
  expect(await machine.signet(args)).toMatchObject({ code: 7, err: expect.stringContaining('Set REDIS_URL') })
})

test('workers that cannot start end the whole with their exit code', async () => {
  const args = ['serve', '--issuer', 'http://localhost:3000', '--workers', '2']
  const env = { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: `file:${machine.folder}`, SIGNET_MANAGEMENT_PORT: '0' }
  const { code, err } = await machine.signet(args, { env })
  expect([code, err]).toEqual([6, expect.stringContaining('database cannot answer')])
})

const reason = whyNoPrivateRedis()
if (reason) console.warn(`workers over Redis are not tested: ${reason}`)

describe.skipIf(reason !== undefined)('two workers over Redis', () => {
  let redis: PrivateRedis
  beforeAll(async () => {
    redis = await startPrivateRedis()
  })
  let child: ChildProcess | undefined
  afterAll(async () => {
    if (child && child.exitCode === null) child.kill('SIGTERM')
    await redis.stop()
  })

  test('share a port; one that is killed is replaced; all stop when asked', async () => {
    const { issuer, end, primary, begun } = await twoWorkers()
    expect((await fetch(`${issuer}/.well-known/jwks.json`)).status).toBe(200)

    const [victim = 0] = workersOf(primary)
    process.kill(victim, 'SIGKILL')
    await expect.poll(begun, { timeout: 60_000 }).toBe(3)
    expect((await fetch(`${issuer}/.well-known/openid-configuration`)).status).toBe(200)

    primary.kill('SIGTERM')
    expect((await end).code).toBe(0)
  })

  test('answer for health and metrics as one, on one port; what a dead one counted stays', async () => {
    const { issuer, managed, end, primary, begun } = await twoWorkers()
    const ask = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${managed}${path}`)
      return { status: response.status, text: await response.text() }
    }
    const series =
      'signet_http_request_duration_seconds_count{method="GET",route="/.well-known/jwks.json",status="2xx"}'
    const answered = async () =>
      Number(
        / (\d+)$/m.exec((await ask('/metrics')).text.split('\n').find((line) => line.startsWith(series)) ?? '')?.[1],
      )
    await expect.poll(() => ask('/health/ready'), { timeout: 60_000 }).toMatchObject({ status: 200 })
    for (let times = 0; times < 10; times += 1) await fetch(`${issuer}/.well-known/jwks.json`)
    expect(await answered()).toBe(10)

    const [victim = 0] = workersOf(primary)
    process.kill(victim, 'SIGKILL')
    expect(await ask('/health/ready')).toEqual({ status: 200, text: '{"status":"ready","failing":[]}' })
    expect(await answered()).toBe(10)
    await expect.poll(begun, { timeout: 60_000 }).toBe(3)
    expect(await answered()).toBe(10)
    primary.kill('SIGTERM')
    expect((await end).code).toBe(0)
  })

  test('a request under way on one is answered, though all are told to stop and told again', async () => {
    const { port, end, primary } = await twoWorkers()
    const workers = workersOf(primary)
    const busy = connect(port, 'localhost')
    const head = `POST /token HTTP/1.1\r\nhost: localhost:${port}\r\ncontent-type: application/x-www-form-urlencoded`
    busy.write(`${head}\r\ncontent-length: 29\r\nexpect: 100-continue\r\n\r\ngrant_type=client_`)
    const [goOn] = await once(busy, 'data')
    expect(String(goOn)).toMatch(/^HTTP\/1\.1 100 /)

    // As a service manager does: every process of the group, and the primary tells its workers too.
    for (const pid of [primary.pid ?? 0, ...workers]) process.kill(pid, 'SIGTERM')
    await expect.poll(() => workersOf(primary).length, { timeout: 10_000 }).toBe(1)
    primary.kill('SIGTERM')
    busy.write('credentials')
    const [answer] = await once(busy, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /)
    expect((await end).code).toBe(0)
  })

  test('a machine that has no process for a new one keeps the others, and gets it later', async () => {
    const preload = new URL('../support/failing-forks.mjs', import.meta.url).href
    const { issuer, end, primary, begun } = await twoWorkers({ NODE_OPTIONS: `--import ${preload}` })
    const [victim = 0] = workersOf(primary)
    process.kill(victim, 'SIGKILL')
    await expect.poll(begun, { timeout: 60_000 }).toBe(3)
    expect(workersOf(primary)).toHaveLength(2)
    expect((await fetch(`${issuer}/.well-known/jwks.json`)).status).toBe(200)
    primary.kill('SIGTERM')
    const { code, out } = await end
    expect([code, out.split('a worker could not be started').length - 1]).toEqual([0, 2])
  })

  async function twoWorkers(more: { readonly [name: string]: string } = {}) {
    const [port = 0, managed = 0] = await freePorts(2)
    const issuer = `http://localhost:${port}`
    const env = { REDIS_URL: redis.url, SIGNET_MANAGEMENT_PORT: `${managed}`, ...more }
    const primary = machine.begin(['serve', '--issuer', issuer, '--port', `${port}`, '--workers', '2'], { env })
    child = primary
    const end = ended(primary)
    let listening = 0
    primary.stdout?.on('data', (chunk) => {
      listening += String(chunk).split('"event":"listening"').length - 1
    })
    const begun = (): number => listening
    await expect.poll(begun, { timeout: 60_000 }).toBe(2)
    return { issuer, port, managed, end, primary, begun }
  }
})

function workersOf({ pid }: ChildProcess): readonly number[] {
  const said = execFileSync('pgrep', ['-P', `${pid}`], { encoding: 'utf8' })
  return said.trim().split('\n').map(Number)
}
