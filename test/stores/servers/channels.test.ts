import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import type { RedisServers } from '#stores/redis/servers/redis-servers.ts'
import { type PrivateRedis, startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { until } from '#test/support/redis-process.ts'

describe.skipIf(whyNoPrivateRedis())('channels', () => {
  let redis: PrivateRedis
  const opened: RedisServers[] = []

  async function open(): Promise<RedisServers> {
    const servers = await openRedisServers(redis.url, { replicas: 0 })
    opened.push(servers)
    return servers
  }
  beforeAll(async () => {
    redis = await startPrivateRedis()
  })
  afterEach(async () => void (await Promise.all(opened.splice(0).map((one) => one.close()))))
  afterAll(() => redis.stop())

  test('a message is heard by every machine that listens to its channel, after a first gap', async () => {
    const [one, other] = [await open(), await open()]
    const heard: string[] = []
    one.subscribe('signet:clients', {
      hear: (message) => heard.push(`clients ${message}`),
      gap: () => heard.push('gap'),
    })
    await until('it listens', async () => one.isListening(), 2)
    one.subscribe('signet:users', { hear: (message) => heard.push(`users ${message}`), gap: () => heard.push('gap') })
    await until('it listens to both', async () => heard.length === 2, 2)
    await other.publish('signet:clients', 'c1')
    await other.publish('signet:users', 'u1')
    await other.publish('signet:others', 'x')
    await until('both are heard', async () => heard.length === 4, 2)
    expect(heard).toEqual(['gap', 'gap', 'clients c1', 'users u1'])
  })

  test('a broken connection is a gap, and is made again', async () => {
    const servers = await open()
    const heard: string[] = []
    servers.subscribe('signet:clients', { hear: (message) => heard.push(message), gap: () => heard.push('gap') })
    await until('it listens', async () => servers.isListening(), 2)
    await redis.kill()
    await until('the gap is known', async () => !servers.isListening(), 2)
    await redis.restart()
    await until('it listens again', async () => servers.isListening(), 3)
    await until('it is told', async () => (await servers.publish('signet:clients', 'after')) === undefined, 3)
    await until('it hears', async () => heard.includes('after'), 2)
    expect(heard.filter((one) => one === 'gap').length).toBeGreaterThanOrEqual(3)
  })

  test('a connection that is silent because the server is frozen is a gap within two seconds', async () => {
    const servers = await open()
    servers.subscribe('signet:clients', { hear: () => {}, gap: () => {} })
    await until('it listens', async () => servers.isListening(), 2)
    redis.signal('SIGSTOP')
    await until('the gap is known', async () => !servers.isListening(), 2.5)
    redis.signal('SIGCONT')
    await until('it listens again', async () => servers.isListening(), 3)
  })
})
