import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PrivateRedis, startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { beginServer } from './begun-server.ts'
import { aMachine, type Machine, type Shape } from './machine.ts'

const reason = whyNoPrivateRedis()
if (reason) console.warn(`settings of Redis are not tested: ${reason}`)

const waiting = { timeout: 60_000, interval: 100 }

describe.skipIf(reason !== undefined)('a Redis that can lose what it acknowledged', () => {
  let machine: Machine
  let redis: PrivateRedis
  let operator: Redis
  beforeAll(async () => {
    machine = await aMachine()
    await machine.json(['keys', 'rotate'])
    redis = await startPrivateRedis()
    operator = new Redis(redis.url)
    await operator.config('SET', 'appendfsync', 'everysec')
  })
  afterAll(async () => {
    operator.disconnect()
    await redis.stop()
    machine.remove()
  })

  test('stops the start, with its name and its mend', async () => {
    const { end } = await beginServer(machine, { REDIS_URL: redis.url })
    const { code, err } = await end
    expect([code, err]).toEqual([5, expect.stringContaining('Appendfsync is everysec')])
    expect(err).toContain('Set appendfsync always in redis.conf, or with CONFIG SET.')
    expect(err).toContain('add appendfsync to redis.accept')
  })

  test('is explained by the doctor, for the server it is', async () => {
    const examine = async (env: { [name: string]: string }) => {
      const { code, out } = await machine.signet(['doctor', '--json'], {
        env: { SIGNET_ISSUER: 'http://localhost:3000', REDIS_URL: redis.url, ...env },
      })
      const { findings }: { findings: readonly Shape[] } = JSON.parse(out)
      return { code, found: findings.filter(({ what }) => String(what).includes('appendfsync')) }
    }
    const { host } = new URL(redis.url)
    const what = expect.stringContaining(`Redis at ${host}: appendfsync is everysec`)
    const mend = 'Set appendfsync always in redis.conf, or with CONFIG SET.'
    expect(await examine({})).toEqual({ code: 1, found: [{ level: 'error', what, mend }] })
    expect(await examine({ SIGNET_REDIS_ACCEPT: 'appendfsync' })).toEqual({
      code: 0,
      found: [{ level: 'warning', what, mend }],
    })
  })

  test('may be accepted by name; what becomes wrong later is told while the server runs, and when it is right again', async () => {
    const server = await beginServer(machine, { REDIS_URL: redis.url, SIGNET_REDIS_ACCEPT: 'appendfsync' })
    await expect.poll(async () => (await server.health('/health/ready')).status, waiting).toBe(200)
    expect(await server.metric('signet_redis_findings{finding="appendfsync"}')).toBe(1)
    expect(await server.metric('signet_redis_findings{finding="maxmemory-policy"}')).toBe(0)

    await operator.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await expect.poll(() => server.metric('signet_redis_findings{finding="maxmemory-policy"}'), waiting).toBe(1)
    expect(server.said()).toContain('"finding":"maxmemory-policy"')
    await operator.config('SET', 'maxmemory-policy', 'noeviction')
    await expect.poll(() => server.metric('signet_redis_findings{finding="maxmemory-policy"}'), waiting).toBe(0)
    expect(server.said()).toContain('maxmemory-policy is right again')
    expect((await server.stop()).code).toBe(0)
  })
})
