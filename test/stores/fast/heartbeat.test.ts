import { describe, expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { bucketKeyOf, bucketOf } from '#stores/redis/redis-table.ts'
import { whyNoPrivateRedis } from '#test/support/redis.ts'
import { aDatabase, aWorld } from './redis-world.ts'
import { aFamily } from './samples.ts'

const whyNot = whyNoPrivateRedis()

describe.skipIf(whyNot)(`the heartbeat${whyNot ? ` (${whyNot})` : ''}`, () => {
  async function begun() {
    const world = await aWorld()
    const process = await world.process()
    const family = aFamily(world.clock.now())
    await process.families.begin(family)
    const bucket = bucketKeyOf('signet', bucketOf(family.id))
    const read = async (field: string) => Number(await world.raw.hget(bucket, field))
    /** As if nobody had given a sign of life for so many seconds, without waiting for them. */
    const age = async (seconds: number) => {
      await world.raw.hincrby(bucket, 't', -seconds * 1000)
      world.clock.move(seconds)
    }
    return { world, process, family, bucket, read, age }
  }

  test('gives a sign of life where the last one is a second old, and counts no write', async () => {
    const { world, process, read, age } = await begun()
    await using _ = world
    await process.beat()
    const writes = await read('w')
    await age(2)
    const before = await read('t')
    await process.beat()
    await process.beat()
    expect((await read('t')) - before).toBeGreaterThanOrEqual(2000)
    expect(await read('w')).toBe(writes)
    expect(await read('g')).toBe(0)
  })

  test('a write is a sign of life: what has just taken one is not asked', async () => {
    const { world, process, family, age } = await begun()
    await using _ = world
    await process.beat()
    await process.rotate(family, 1)
    await age(2)
    const asked: number[] = []
    const servers = process.servers
    const run: typeof servers.run = (...call) => {
      asked.push(call[0])
      return servers.run(...call)
    }
    const other = await world.process({ servers: { ...servers, run } })
    await other.beat()
    asked.length = 0
    await other.rotate(family, 2)
    await other.beat()
    expect(asked).toHaveLength(256)
    expect(asked.filter((bucket) => bucket === bucketOf(family.id))).toHaveLength(1)
  })

  test('a bucket that takes writes all the time is beaten once an hour, so that it lives on', async () => {
    const { world, process, family, bucket } = await begun()
    await using _ = world
    await process.beat()
    for (const isDue of [false, true]) {
      await world.raw.pexpire(bucket, 1_000_000)
      world.clock.move(1800)
      await process.families.revoke(family.id, family.expiresAt)
      await process.beat()
      expect((await world.raw.pttl(bucket)) > 1_000_000).toBe(isDue)
    }
  })

  test('an outage leaves its dates, and two that are close are one', async () => {
    const { world, process, read, age } = await begun()
    await using _ = world
    await process.beat()
    await process.beat()
    await age(7)
    await process.beat()
    const [gone, back] = [await read('g'), await read('b')]
    expect(back - gone).toBeGreaterThanOrEqual(7000)
    expect(back - gone).toBeLessThan(20_000)
    await age(60)
    await process.beat()
    expect(await read('g')).toBe(gone)
    expect((await read('b')) - back).toBeGreaterThanOrEqual(60_000)
    // Five minutes in which there was life.
    world.clock.move(301)
    await age(7)
    await process.beat()
    expect((await read('b')) - (await read('g'))).toBeLessThan(20_000)
    expect(await read('g')).toBeGreaterThan(back)
  })

  test('four seconds are no outage', async () => {
    const { world, process, read, age } = await begun()
    await using _ = world
    await process.beat()
    await process.beat()
    await age(3)
    await process.beat()
    expect(await read('g')).toBe(0)
  })

  test('a window that an outage cut into starts anew when service is back, and no other does', async () => {
    const { world, process, family, age } = await begun()
    await using _ = world
    const early = aFamily(world.clock.now(), { id: sameBucket(family.id) })
    await process.families.begin(early)
    await process.rotate(early, 1)
    world.clock.move(40)
    await process.rotate(family, 1)
    await age(60)
    expect(await process.rotate(family, 1)).toMatchObject({ outcome: 'repeated', generation: 2 })
    world.clock.move(20)
    expect(await process.rotate(family, 1)).toMatchObject({ outcome: 'repeated', generation: 2 })
    expect(await process.rotate(early, 1)).toMatchObject({ outcome: 'reused' })
  })

  test('that window ends too', async () => {
    const { world, process, family, age } = await begun()
    await using _ = world
    await process.rotate(family, 1)
    await age(60)
    for (const __ of ['first', 'second']) await process.beat()
    world.clock.move(30)
    expect(await process.rotate(family, 1)).toMatchObject({ outcome: 'reused' })
  })

  test('after a loss the window starts anew as well', async () => {
    const { world, process, family } = await begun()
    await using _ = world
    await process.rotate(family, 1)
    const rotatedAt = world.clock.now()
    await process.note()
    world.clock.move(20)
    await world.raw.flushall()
    for (const __ of ['first', 'second']) await process.beat()
    world.clock.move(20)
    await process.attempt()
    await process.families.recover({ family, generation: 2, rotatedAt })
    expect(await process.rotate(family, 1)).toMatchObject({ outcome: 'repeated', generation: 2 })
  })

  test('SQL is told how far the buckets are, and nothing twice', async () => {
    const base = aDatabase()
    const noted: number[] = []
    const note: typeof base.epochs.note = async (facts) => {
      noted.push(facts.length)
      await base.epochs.note(facts)
    }
    await using world = await aWorld()
    const process = await world.process({ database: { ...base, epochs: { ...base.epochs, note } } })
    const family = aFamily(world.clock.now())
    await process.note()
    await process.note()
    await process.families.begin(family)
    await process.note()
    expect(noted).toEqual([256, 1])
    const fact = (await base.epochs.list(world.clock.now()))[bucketOf(family.id)]
    expect(fact?.writes).toBe(Number(await world.raw.hget(bucketKeyOf('signet', bucketOf(family.id)), 'w')))
    world.clock.move(11)
    await process.beat()
    await process.note()
    expect(noted.at(-1)).toBeGreaterThanOrEqual(255)
    expect((await base.epochs.list(world.clock.now()))[0]?.seenAt.getTime()).toBeGreaterThan(
      later(world.clock.now(), -5).getTime(),
    )
  })

  test('SQL is told the time of Redis, not that of a machine which is ten minutes ahead', async () => {
    await using world = await aWorld()
    const { clock, database } = world
    await database.epochs.list(clock.now())
    const ahead = { now: () => later(clock.now(), 600), offset: 0 }
    const wrong = await world.process({ clock: ahead })
    const family = aFamily(clock.now())
    await wrong.families.begin(family)
    await wrong.beat()
    await wrong.note()
    const latest = Math.max(...(await database.epochs.list(clock.now())).map(({ seenAt }) => seenAt.getTime()))
    expect(latest).toBeLessThan(later(clock.now(), 60).getTime())
  })

  test('a Redis that does not answer makes nothing lost, and readiness says so', async () => {
    const { world, process, family } = await begun()
    await using _ = world
    const servers = process.servers
    let isAway = false
    const run: typeof servers.run = (...call) =>
      isAway ? Promise.reject(new Unavailable('away')) : servers.run(...call)
    const other = await world.process({ servers: { ...servers, run } })
    await other.check()
    isAway = true
    await other.beat()
    expect(other.rebuilding()).toBe(0)
    isAway = false
    await expect(other.check()).rejects.toThrow('256 of 256 buckets in Redis do not answer')
    await other.beat()
    await other.check()
    expect(await other.rotate(family, 1)).toMatchObject({ outcome: 'rotated' })
  })
})

/** Another id of the same bucket. */
function sameBucket(id: string): string {
  for (let number = 0; ; number++) if (bucketOf(`${id}-${number}`) === bucketOf(id)) return `${id}-${number}`
}
