import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { redisChanges } from '#stores/cached/redis-changes.ts'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import { startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { until } from '#test/support/redis-process.ts'

/** A Redis of one test: who listens never loses the connection, and who publishes may or may not. */
async function aChannel() {
  const redis = await startPrivateRedis()
  const operator = new Redis(redis.url)
  await operator.call('ACL', 'SETUSER', 'teller', 'on', '>teller', '~*', '&*', '+@all')
  const [there, here] = await Promise.all([
    openRedisServers(redis.url, { replicas: 0 }),
    openRedisServers(redis.url.replace('://', '://teller:teller@'), { replicas: 0 }),
  ])
  const heard: string[] = []
  redisChanges(there, 'signet').listen({
    changed: ({ kind, id }) => heard.push(`${kind} ${id}`),
    gap: () => heard.push('gap'),
  })
  await until('it listens', async () => heard.length === 1, 3)
  heard.length = 0
  return {
    heard,
    here,
    mayPublish: (isAllowed: boolean) => operator.call('ACL', 'SETUSER', 'teller', isAllowed ? '+publish' : '-publish'),
    async [Symbol.asyncDispose]() {
      await Promise.all([there.close(), here.close()])
      operator.disconnect()
      await redis.stop()
    },
  }
}

describe.skipIf(whyNoPrivateRedis())('changes that machines tell each other by Redis', () => {
  test('what could not be sent is sent when it can be, once, though nobody who listens missed a beat', async () => {
    await using channel = await aChannel()
    const { publish } = redisChanges(channel.here, 'signet')
    await channel.mayPublish(false)
    for (const id of ['one', 'two', 'one']) await publish({ kind: 'user', id })
    expect(channel.heard).toEqual([])
    await channel.mayPublish(true)
    await until('both are heard', async () => channel.heard.length >= 2, 5)
    await publish({ kind: 'client', id: 'last' })
    await until('the last is heard', async () => channel.heard.includes('client last'), 2)
    expect(channel.heard.toSorted()).toEqual(['client last', 'user one', 'user two'])
  })

  test('it waits no longer than anybody remembers what it is about, and no more wait than that', async () => {
    await using channel = await aChannel()
    const [brief, few] = [
      redisChanges(channel.here, 'signet', { life: 0 }),
      redisChanges(channel.here, 'signet', { most: 2 }),
    ]
    await channel.mayPublish(false)
    await brief.publish({ kind: 'user', id: 'forgotten' })
    for (const id of ['dropped', 'second', 'third']) await few.publish({ kind: 'user', id })
    await channel.mayPublish(true)
    await until('the two are heard', async () => channel.heard.length >= 2, 5)
    expect(channel.heard).toEqual(['user second', 'user third'])
  })
})
