import { type ChildProcess, execFileSync } from 'node:child_process'
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
    const [port = 0] = await freePorts(1)
    const issuer = `http://localhost:${port}`
    const env = { REDIS_URL: redis.url, SIGNET_MANAGEMENT_PORT: '0' }
    child = machine.begin(['serve', '--issuer', issuer, '--port', `${port}`, '--workers', '2'], { env })
    const end = ended(child)
    let begun = 0
    child.stdout?.on('data', (chunk) => {
      begun += String(chunk).split('"event":"listening"').length - 1
    })
    await expect.poll(() => begun, { timeout: 60_000 }).toBe(2)
    expect((await fetch(`${issuer}/.well-known/jwks.json`)).status).toBe(200)

    const [victim] = execFileSync('pgrep', ['-P', `${child.pid}`], { encoding: 'utf8' })
      .trim()
      .split('\n')
    process.kill(Number(victim), 'SIGKILL')
    await expect.poll(() => begun, { timeout: 60_000 }).toBe(3)
    expect((await fetch(`${issuer}/.well-known/openid-configuration`)).status).toBe(200)

    child.kill('SIGTERM')
    expect((await end).code).toBe(0)
  })
})
