import { describe, expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { declareLost } from '#stores/redis/declare-lost.ts'
import { bucketKeyOf, bucketOf } from '#stores/redis/redis-table.ts'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import { startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { aDatabase, aWorld, openStores, openTicked } from './redis-world.ts'
import { aFamily } from './samples.ts'

const whyNot = whyNoPrivateRedis()

/** A promise that is kept when the test says so. */
function aGate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: resolve }
}

describe.skipIf(whyNot)(`epochs${whyNot ? ` (${whyNot})` : ''}`, () => {
  async function begun() {
    const world = await aWorld()
    const process = await world.process()
    const family = aFamily(world.clock.now())
    await process.families.begin(family)
    return { world, process, family, bucket: bucketKeyOf('signet', bucketOf(family.id)) }
  }

  test.for([
    ['gone', (raw: Raw, key: string) => raw.del(key)],
    ['of another epoch', (raw: Raw, key: string) => raw.hset(key, 'e', 3)],
    ['being rebuilt', (raw: Raw, key: string) => raw.hset(key, 'e', -2)],
    ['short of one write', (raw: Raw, key: string) => raw.hincrby(key, 'w', -1)],
  ] as const)('a bucket that is %s answers nothing, and takes nothing', async ([, spoil]) => {
    const { world, process, family, bucket } = await begun()
    await using _ = world
    await spoil(world.raw, bucket)
    const before = await world.raw.get(`${bucket.replace(':bucket', ':f:')}${family.id}`)
    const calls = [
      () => process.families.find(family.id),
      () => process.rotate(family, 1),
      () => process.hasEnded('family', family.id),
      () => process.families.revoke(family.id, family.expiresAt),
    ]
    for (const call of calls) await expect(call()).rejects.toBeInstanceOf(Unavailable)
    expect(await world.raw.get(`${bucket.replace(':bucket', ':f:')}${family.id}`)).toBe(before)
    expect(process.rebuilding()).toBe(1)
    await expect(process.check()).rejects.toBeInstanceOf(Unavailable)
  })

  test('a process that has not noticed asks again once another one has rebuilt the bucket', async () => {
    const { world, process, family, bucket } = await begun()
    await using _ = world
    const other = await world.process()
    await world.raw.del(bucket)
    await expect(other.rotate(family, 1)).rejects.toBeInstanceOf(Unavailable)
    await other.attempt()

    expect(process.rebuilding()).toBe(0)
    expect(await process.rotate(family, 1)).toEqual({ outcome: 'lost' })
    expect(process.rebuilding()).toBe(0)
  })

  test('what is asked while SQL is away and a bucket is lost waits for neither, and is answered later', async () => {
    const database = aDatabase()
    let isAway = false
    const list = async (now: Date) => {
      if (isAway) throw new Unavailable('SQL is away')
      return database.epochs.list(now)
    }
    await using world = await aWorld()
    const process = await world.process({ database: { ...database, epochs: { ...database.epochs, list } } })
    const family = aFamily(world.clock.now())
    await process.families.begin(family)
    isAway = true
    expect(await process.rotate(family, 1)).toMatchObject({ outcome: 'rotated' })
    await world.raw.flushall()
    await expect(process.rotate(family, 2)).rejects.toBeInstanceOf(Unavailable)
    await expect(process.attempt()).rejects.toBeInstanceOf(Unavailable)
    isAway = false
    await process.attempt()
    await process.beat()
    await process.attempt()
    expect(await process.rotate(family, 2)).toEqual({ outcome: 'lost' })
  })

  test('a second database on the same prefix is told apart, and does no harm', async () => {
    const { world, process, family } = await begun()
    await using _ = world
    const stranger = await world.process({ database: aDatabase() })
    expect(stranger.rebuilding()).toBe(256)
    await expect(stranger.check()).rejects.toBeInstanceOf(Unavailable)
    await stranger.attempt()
    const installation = await world.database.epochs.installation()
    expect(stranger.reports).toEqual([{ event: 'redis.foreign', installation }])
    expect(await process.rotate(family, 1)).toMatchObject({ outcome: 'rotated' })

    const neighbour = await world.process({ database: aDatabase(), prefix: 'another' })
    await neighbour.check()
    await process.check()
  })

  test('of two databases that meet in an empty Redis one gets the prefix whole', async () => {
    await using world = await aWorld()
    const processes = [aDatabase(), aDatabase()].map(async (database) => {
      const servers = await openRedisServers(world.server.url, { replicas: 0 })
      return { servers, process: openTicked({ servers, database, clock: world.clock }) }
    })
    const both = await Promise.all(processes)
    for (const _ of ['first', 'second']) await Promise.all(both.map(({ process }) => process.attempt()))
    const rebuilding = both.map(({ process }) => process.rebuilding())
    await Promise.all(both.map(({ servers }) => servers.close()))
    expect(rebuilding.sort()).toEqual([0, 256])
  })

  test('a server comes up while SQL is down, and is ready once it is there', async () => {
    const server = await startPrivateRedis()
    const database = aDatabase()
    const gate = aGate()
    const list = async (now: Date) => {
      await gate.passed
      return database.epochs.list(now)
    }
    const stores = await openStores({ ...database, epochs: { ...database.epochs, list }, url: server.url })
    try {
      await expect(stores.check()).rejects.toBeInstanceOf(Unavailable)
      expect(stores.rebuilding?.()).toBe(256)
      gate.open()
      await expect.poll(() => stores.check().then(() => 'ready', String), { timeout: 10_000 }).toBe('ready')
    } finally {
      await stores.close()
      await server.stop()
    }
  })

  test('SQL restored from a backup: what is in Redis is not believed any more', async () => {
    const { world, process, family } = await begun()
    await using _ = world
    await process.rotate(family, 1)
    expect(await declareLost({ ...world.database, servers: process.servers, prefix: 'signet' })).toBe(256)
    await expect(process.rotate(family, 2)).rejects.toBeInstanceOf(Unavailable)
    await process.beat()
    await process.attempt()
    expect(await process.rotate(family, 2)).toEqual({ outcome: 'lost' })
  })

  test('declared while Redis cannot be asked, it holds when Redis is back', async () => {
    const { world, process, family } = await begun()
    await using _ = world
    // One rebuilding that the restored SQL does not know of.
    for (const key of await world.raw.keys('*:bucket')) await world.raw.hset(key, 'e', 3)
    const away = { ...process.servers, run: () => Promise.reject(new Unavailable('away')) }
    expect(await declareLost({ ...world.database, servers: away, prefix: 'signet' })).toBe(0)
    const next = await world.process()
    expect(next.reports).toEqual([{ event: 'redis.rebuilt', buckets: 256, ends: 0 }])
    expect(await next.rotate(family, 1)).toEqual({ outcome: 'lost' })
  })
})

type Raw = Awaited<ReturnType<typeof aWorld>>['raw']
