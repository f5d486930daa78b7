import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import type { RedisServers } from '#stores/redis/servers/redis-servers.ts'
import { count, keysOf, look } from '#test/stores/servers/scripts.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { startRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { accountPassword, dataAccount } from '#test/support/redis-account.ts'
import { durableSettings, type RedisProcess, startRedisProcess, until } from '#test/support/redis-process.ts'

/** The contract suites of the stores (`test/stores/fast`) run as this account too: `startRedis` gives no other. */
describe.skipIf(whyNoPrivateRedis())('J13 the account that the guide for operators names', () => {
  let node: RedisProcess
  let servers: RedisServers
  let stolen: Redis

  beforeAll(async () => {
    const [port = 0, bus = 0] = await freePorts(2)
    const cluster = { 'cluster-enabled': 'yes', 'cluster-port': bus, 'enable-debug-command': 'yes', user: dataAccount }
    node = await startRedisProcess({ port, settings: { ...durableSettings, ...cluster } })
    await node.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
    await until('the cluster is whole', async () => /state:ok/.test(String(await node.call('CLUSTER', 'INFO'))))
    servers = await openRedisServers(`redis+cluster://signet:${accountPassword}@${node.address}`, { replicas: 0 })
    stolen = new Redis(`redis://signet:${accountPassword}@${node.address}`, { retryStrategy: () => null })
    stolen.on('error', () => {})
  })
  afterAll(async () => {
    stolen.disconnect()
    await servers.close()
    await node.stop()
  })

  test('suffices for scripts, forgotten ones too, for messages, the time and the settings', async () => {
    const keys = keysOf('signet', 1)
    expect(await servers.run(1, count, keys, [])).toEqual([1, 1])
    await node.call('SCRIPT', 'FLUSH')
    expect(await servers.run(1, count, keys, [])).toEqual([2, 2])
    expect(await servers.run(1, look, keys, [])).toBe('2')
    const heard: string[] = []
    servers.subscribe('signet:clients', { hear: (message) => heard.push(message), gap: () => {} })
    await until('it listens', async () => servers.isListening(), 3)
    await servers.publish('signet:clients', 'changed')
    await until('it hears', async () => heard.includes('changed'), 3)
    const [server] = await servers.list()
    expect(await server?.setting('appendfsync')).toBe('always')
    expect(await server?.info()).toContain('aof_enabled:1')
    expect(await servers.time()).toBeInstanceOf(Date)
  })

  test('may wait for replicas', async () => {
    const url = `redis+cluster://signet:${accountPassword}@${node.address}`
    const durable = await openRedisServers(url, { replicas: 1 })
    await expect(durable.run(1, count, keysOf('signet', 1), [])).rejects.toThrow('0 of 1 replicas have it')
    await durable.close()
  })

  test.each([
    'FLUSHALL',
    'FLUSHDB',
    'CONFIG SET appendonly no',
    'CONFIG REWRITE',
    'KEYS *',
    'SCAN 0',
    'DEBUG SLEEP 0',
    'SCRIPT FLUSH',
    'SHUTDOWN NOSAVE',
    'REPLICAOF NO ONE',
    'MONITOR',
    'ACL LIST',
    'CLIENT KILL TYPE normal',
    'CLUSTER RESET',
    'SAVE',
    'MIGRATE h 1 k 0 1',
    'RESTORE signet:x 0 x',
    'FUNCTION FLUSH',
    'MODULE LIST',
    'SWAPDB 0 1',
  ])('may not: %s', async (command) => {
    const [name = '', ...args] = command.split(' ')
    await expect(stolen.call(name, ...args)).rejects.toThrow(/^NOPERM/)
  })

  test('may not touch keys and channels of others, in scripts neither', async () => {
    await expect(stolen.call('GET', 'other:{b01}:x')).rejects.toThrow(/^NOPERM/)
    await expect(stolen.call('PUBLISH', 'other', 'x')).rejects.toThrow(/^NOPERM/)
    await expect(stolen.call('EVAL', "return redis.call('FLUSHALL')", 0)).rejects.toThrow(/can't run this command/)
    await expect(stolen.call('EVAL', "return redis.call('GET', KEYS[1])", 1, 'other:x')).rejects.toThrow(
      /can't access|NOPERM|permission/,
    )
  })

  test('has every command that a script calls', () => {
    const granted = new Set(dataAccount.match(/(?<=\+)\S+/g))
    const room = new URL('../../apps/idp/stores/redis/', import.meta.url).pathname
    const texts = readdirSync(room)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(room, name), 'utf8'))
    const called = texts.flatMap((text) =>
      [...text.matchAll(/redis\.p?call\('([A-Za-z]+)'/g)].map(([, name = '']) => name.toLowerCase()),
    )
    expect(called.length).toBeGreaterThan(5)
    expect(called.filter((name) => !granted.has(name))).toEqual([])
  })

  test('is the one as which the contract suites of the stores run', async () => {
    const { url, stop } = await startRedis()
    const redis = new Redis(url)
    if (!process.env.SIGNET_TEST_REDIS_URL) expect(await redis.flushall().catch(String)).toMatch(/NOPERM/)
    redis.disconnect()
    await stop()
  })
})
