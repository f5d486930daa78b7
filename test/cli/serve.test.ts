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
  const { code, err } = await machine.signet(args, { env: { REDIS_URL: 'redis://127.0.0.1:1' } })
  expect([code, err]).toEqual([6, expect.stringContaining('Redis at 127.0.0.1:1 cannot be used')])
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

  async function twoWorkers() {
    const [port = 0] = await freePorts(1)
    const issuer = `http://localhost:${port}`
    const env = { REDIS_URL: redis.url, SIGNET_MANAGEMENT_PORT: '0' }
    const primary = machine.begin(['serve', '--issuer', issuer, '--port', `${port}`, '--workers', '2'], { env })
    child = primary
    const end = ended(primary)
    let listening = 0
    primary.stdout?.on('data', (chunk) => {
      listening += String(chunk).split('"event":"listening"').length - 1
    })
    const begun = (): number => listening
    await expect.poll(begun, { timeout: 60_000 }).toBe(2)
    return { issuer, port, end, primary, begun }
  }
})

function workersOf({ pid }: ChildProcess): readonly number[] {
  const said = execFileSync('pgrep', ['-P', `${pid}`], { encoding: 'utf8' })
  return said.trim().split('\n').map(Number)
}
