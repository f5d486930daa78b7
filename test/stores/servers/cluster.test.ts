import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import type { RedisServers } from '#stores/redis/servers/redis-servers.ts'
import { slotOfBucket } from '#stores/redis/servers/slots.ts'
import { whyNoPrivateRedis } from '#test/support/redis.ts'
import { type ClusterTopology, startCluster } from '#test/support/redis-cluster.ts'
import { until } from '#test/support/redis-process.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'
import { scriptLoad } from './script-load.ts'
import { count, keysOf, look } from './scripts.ts'

describe.skipIf(whyNoPrivateRedis())('a cluster', () => {
  let cluster: ClusterTopology
  const opened: RedisServers[] = []

  async function open(replicas = 0): Promise<RedisServers> {
    const servers = await openRedisServers(cluster.url, { replicas })
    opened.push(servers)
    return servers
  }
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterEach(async () => void (await Promise.all(opened.splice(0).map((one) => one.close()))))
  afterAll(() => cluster.stop())

  test('every bucket is found without being sent elsewhere', async () => {
    const servers = await open(1)
    const moved = async () => (await Promise.all(cluster.servers.map((one) => errors(one, 'MOVED')))).join()
    const before = await moved()
    for (let bucket = 0; bucket < 256; bucket++) {
      expect(await servers.run(bucket, count, keysOf('t', bucket, 'one'), [])).toEqual([1, 1])
      expect(await servers.run(bucket, look, keysOf('t', bucket, 'one'), [])).toBe('1')
    }
    expect(await moved()).toBe(before)
    const primaries = (await cluster.primaries()).map(({ address }) => address)
    expect((await servers.list()).map(({ address }) => address).sort()).toEqual(primaries.sort())
    expect(Math.abs((await servers.time()).getTime() - Date.now())).toBeLessThan(1000)
  })

  test('a bucket that moved is found by the redirection, with one seed that holds nothing', async () => {
    const [replica] = await cluster.replicas()
    const servers = await openRedisServers(`redis+cluster://${replica?.address}`, { replicas: 0 })
    opened.push(servers)
    const slot = slotOfBucket[77] ?? 0
    const owner = await cluster.ownerOf(slot)
    const other = (await cluster.primaries()).find(({ port }) => port !== owner.port)
    if (!other) throw new Error('there is no other primary')
    const before = await servers.run(77, count, keysOf('t', 77, 'two'), [])
    expect(before).toEqual([1, expect.any(Number)])
    await cluster.moveSlots([slot], other)
    expect(await servers.run(77, count, keysOf('t', 77, 'two'), [])).toEqual([2, expect.any(Number)])
    await cluster.moveSlots([slot], owner)
  })

  test('a bucket that is half on its way is waited for, and asked for before the cluster has learned it', async () => {
    const servers = await open()
    const slot = slotOfBucket[200] ?? 0
    const from = await cluster.ownerOf(slot)
    const to = (await cluster.primaries()).find(({ port }) => port !== from.port) ?? from
    const keys = keysOf('t', 200)
    await servers.run(200, count, keys, [])
    const move = (key: string) => from.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', key)
    await to.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(await from.call('CLUSTER', 'MYID')))
    await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(await to.call('CLUSTER', 'MYID')))
    await move(keys[1])
    const run = servers.run(200, count, keys, [])
    await until('it was told to wait', async () => Number(await errors(from, 'TRYAGAIN')) > 0, 2)
    await move(keys[0])
    expect(await run).toEqual([2, expect.any(Number)])
    expect(Number(await errors(from, 'ASK'))).toBeGreaterThan(0)
    await cluster.moveSlots([slot], to)
    expect(await servers.run(200, count, keys, [])).toEqual([3, expect.any(Number)])
  })

  test('a message is heard whatever servers sender and listener use', async () => {
    const [one, other] = [await open(), await open()]
    const heard: string[] = []
    one.subscribe('signet:clients', { hear: (message) => heard.push(message), gap: () => {} })
    await until('it listens', async () => one.isListening(), 2)
    for (let message = 0; message < 20; message++) await other.publish('signet:clients', `${message}`)
    await until('all are heard', async () => heard.length === 20, 2)
  })

  test('the slots of all buckets are moved while scripts run: no error, and nothing runs twice', {
    timeout: 60_000,
  }, async () => {
    const load = scriptLoad(await open(1), 8)
    const [first, second, third] = await cluster.primaries()
    if (!first || !second || !third) throw new Error('there are not three primaries')
    const slotsOf = async (owner: typeof first) => {
      const held = await cluster.slotsOf(owner)
      return slotOfBucket.filter((slot) => held.has(slot))
    }
    const [ofFirst, ofSecond, ofThird] = [await slotsOf(first), await slotsOf(second), await slotsOf(third)]
    await cluster.moveSlots(ofFirst, second)
    await cluster.moveSlots(ofSecond, third)
    await cluster.moveSlots(ofThird, first)
    const { failures, ran, isExact } = await load.stop()
    expect(failures).toEqual([])
    expect(ran).toBeGreaterThan(200)
    await until('every record was counted as often as it was answered', () => isExact(), 5)
  })

  test.each(['kill', 'freeze'] as const)(
    'a primary is lost (%s): its buckets are back 2.5 s after another one is there',
    { timeout: 60_000 },
    async (how) => {
      const load = scriptLoad(await open(), 8)
      const lost = await cluster.ownerOf(slotOfBucket[0] ?? 0)
      await lost[how]()
      await until('another took over', async () => (await cluster.ownerOf(slotOfBucket[0] ?? 0)).port !== lost.port, 10)
      const watch = aStopwatch()
      await until('it answers', async () => load.isHealed(), 10)
      expect(watch.milliseconds()).toBeLessThan(2500)
      const { failures, isExact } = await load.stop()
      expect(failures.filter((one) => !/^(Unavailable|NotSent|ErrorReply): /.test(one))).toEqual([])
      // Nothing waits for replicas here, so that an answer may be lost with the primary; none is counted twice.
      await until('nothing ran twice', () => isExact({ mayLose: true }), 5)
      await lost.restart()
      await cluster.healthy()
    },
  )
})

async function errors(server: ClusterTopology['servers'][number], code: string): Promise<string> {
  const info = String(await server.call('INFO', 'errorstats'))
  return new RegExp(`errorstat_${code}:count=(\\d+)`).exec(info)?.[1] ?? '0'
}
