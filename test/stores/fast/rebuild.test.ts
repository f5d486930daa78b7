import { describe, expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { EndCursor } from '#core/tokens/fact-store.ts'
import { bucketKeyOf, bucketOf } from '#stores/redis/redis-table.ts'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import { whyNoPrivateRedis } from '#test/support/redis.ts'
import { aDatabase, aWorld, type Durable, snapshot } from './redis-world.ts'
import { aFamily } from './samples.ts'

const whyNot = whyNoPrivateRedis()

/** A database whose listing of ends stops until it is let go, once it has begun. */
function aStallingDatabase(base: Durable) {
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const listEnds = async (now: Date, after: EndCursor | undefined, most: number) => {
    const ends = await base.facts.listEnds(now, after, most)
    begun.resolve()
    await gate.promise
    return ends
  }
  const database: Durable = { ...base, facts: { ...base.facts, listEnds } }
  return { database, begun: begun.promise, goOn: gate.resolve }
}

describe.skipIf(whyNot)(`rebuilding${whyNot ? ` (${whyNot})` : ''}`, () => {
  /** A world whose Redis is wiped after a family was born and ended, and another one was born. */
  async function aLoss() {
    const world = await aWorld()
    const process = await world.process()
    const [alive, ended] = [aFamily(world.clock.now()), aFamily(world.clock.now())]
    for (const family of [alive, ended]) await process.families.begin(family)
    await process.end({ kind: 'family', id: ended.id })
    const loseAll = async () => {
      await world.raw.flushall()
      for (const _ of ['first', 'second']) await process.beat()
    }
    return { world, process, alive, ended, loseAll }
  }

  test('an empty Redis under a new database is ready at once, with three scripts per bucket', async () => {
    await using world = await aWorld()
    const servers = await openRedisServers(world.server.url, { replicas: 0 })
    let calls = 0
    const run: typeof servers.run = (...call) => {
      calls++
      return servers.run(...call)
    }
    const process = await world.process({ servers: { ...servers, run } })
    expect({ calls, rebuilding: process.rebuilding() }).toEqual({ calls: 3 * 256, rebuilding: 0 })
    await process.check()
  })

  test('what one server of several has lost is rebuilt alone, and the rest goes on', async () => {
    const { world, process, alive, ended } = await aLoss()
    await using _ = world
    const bucket = bucketOf(ended.id)
    const others = (await world.raw.keys('*:bucket')).filter((key) => key !== bucketKeyOf('signet', bucket))
    const epochs = async () => Promise.all(others.map((key) => world.raw.hget(key, 'e')))
    const before = await epochs()
    for (const key of await world.raw.keys(`signet:{b${bucket.toString(16).padStart(2, '0')}}*`))
      await world.raw.del(key)
    await expect(process.hasEnded('family', ended.id)).rejects.toBeInstanceOf(Unavailable)
    if (bucketOf(alive.id) !== bucket) expect(await process.rotate(alive, 1)).toMatchObject({ outcome: 'rotated' })
    await process.attempt()
    expect(process.reports.at(-1)).toEqual({ event: 'redis.rebuilt', buckets: 1, ends: 1 })
    expect(await process.hasEnded('family', ended.id)).toBe(true)
    expect(await epochs()).toEqual(before)
  })

  test('two who rebuild at once, with no lease between them, end with one memory that has every end', async () => {
    const { world, process, ended } = await aLoss()
    await using _ = world
    const leases = { claim: async () => true, end: async () => {} }
    const database = { ...world.database, leases }
    const rivals = await Promise.all([1, 2, 3].map(() => world.process({ database })))
    await world.raw.flushall()
    for (const rival of rivals) await rival.beat()
    for (let round = 0; round < 20; round++) await Promise.all(rivals.map((rival) => rival.attempt()))
    await process.beat()
    await process.attempt()
    for (const rival of [...rivals, process]) {
      await rival.check()
      expect(await rival.hasEnded('family', ended.id)).toBe(true)
    }
    const known = await world.database.epochs.list(world.clock.now())
    for (const { bucket, epoch } of known) {
      expect(await world.raw.hget(bucketKeyOf('signet', bucket), 'e')).toBe(String(epoch))
    }
  })

  test('one that stalls and comes back after another has finished changes nothing', async () => {
    const { world, ended, loseAll } = await aLoss()
    await using _ = world
    const { database, begun, goOn } = aStallingDatabase(world.database)
    const staller = await world.process({ database })
    await loseAll()
    await staller.beat()
    const stalled = staller.attempt()
    await begun

    const other = await world.process()
    expect(other.rebuilding()).toBe(256)
    world.clock.move(31)
    await other.attempt()
    expect(other.rebuilding()).toBe(0)
    const epochs = async () =>
      Promise.all((await world.raw.keys('*:bucket')).sort().map((key) => world.raw.hget(key, 'e')))
    const before = await epochs()
    goOn()
    await stalled
    expect(await epochs()).toEqual(before)
    expect(staller.reports).toEqual([])
    expect(staller.rebuilding()).toBe(256)
    await staller.attempt()
    await staller.check()
    expect(await staller.hasEnded('family', ended.id)).toBe(true)
  })

  test('an end that is recorded meanwhile is not acknowledged before it is in the new memory', async () => {
    const { world, alive, loseAll } = await aLoss()
    await using _ = world
    const { database, begun, goOn } = aStallingDatabase(world.database)
    const rebuilding = await world.process({ database })
    await loseAll()
    await rebuilding.beat()
    const attempt = rebuilding.attempt()
    await begun
    const asked = { kind: 'family', id: alive.id } as const
    await expect(rebuilding.end(asked)).rejects.toBeInstanceOf(Unavailable)
    goOn()
    await attempt
    // The listing was over: it is still pending, and whoever tries again finishes it.
    expect(await rebuilding.hasEnded('family', alive.id)).toBe(false)
    expect((await world.database.facts.listPending(10)).map(({ id }) => id)).toContain(alive.id)
    await rebuilding.end(asked)
    expect(await rebuilding.hasEnded('family', alive.id)).toBe(true)
  })

  test('SQL that goes away meanwhile leaves everything shut, and the next round finishes it', async () => {
    const { world, ended, loseAll } = await aLoss()
    await using _ = world
    let isAway = false
    const listEnds: Durable['facts']['listEnds'] = (...asked) =>
      isAway ? Promise.reject(new Unavailable('SQL is away')) : world.database.facts.listEnds(...asked)
    const database = { ...world.database, facts: { ...world.database.facts, listEnds } }
    const process = await world.process({ database })
    await loseAll()
    await process.beat()
    isAway = true
    await expect(process.attempt()).rejects.toBeInstanceOf(Unavailable)
    expect(process.rebuilding()).toBe(256)
    await expect(process.hasEnded('family', ended.id)).rejects.toBeInstanceOf(Unavailable)
    isAway = false
    await process.attempt()
    expect(await process.hasEnded('family', ended.id)).toBe(true)
  })

  test('a second loss in the middle of it, to an older state of the same rebuilding, is noticed', async () => {
    const { world, ended, loseAll } = await aLoss()
    await using _ = world
    const ends = Array.from({ length: 5500 }, (_, at) => ({ kind: 'token', id: `jti-${at}` }) as const)
    const until = later(world.clock.now(), 10_000)
    for (const end of ends) {
      await world.database.facts.put({ ...end, until, at: world.clock.now(), reason: 'signed_out', version: undefined })
    }
    let restore = async () => {}
    const listEnds: Durable['facts']['listEnds'] = async (now, after, most) => {
      // Shut and empty at the first page; put back so when that page has been applied.
      if (!after) restore = await snapshot(world.raw)
      return world.database.facts.listEnds(now, after, most)
    }
    const claim: Durable['leases']['claim'] = async (...asked) => {
      const isGiven = await world.database.leases.claim(...asked)
      await restore()
      return isGiven
    }
    const { facts, leases } = world.database
    const database = { ...world.database, facts: { ...facts, listEnds }, leases: { ...leases, claim } }
    const process = await world.process({ database })
    await loseAll()
    await process.beat()
    await process.attempt()
    expect(process.rebuilding()).toBeGreaterThan(200)
    restore = async () => {}
    const next = await world.process()
    await next.check()
    for (const { id } of ends.slice(-500)) expect(await next.revocations.has(aToken(id)), id).toBe(true)
    expect(await next.hasEnded('family', ended.id)).toBe(true)
  })

  test('ends of many pages are applied, each once', async () => {
    const database = aDatabase()
    await using world = await aWorld()
    const at = world.clock.now()
    for (let number = 0; number < 7500; number++) {
      const kind = (['token', 'family', 'session', 'user', 'client'] as const)[number % 5] ?? 'token'
      const version = number % 5 > 2 ? number : undefined
      await database.facts.put({ kind, id: `id-${number}`, version, at, until: later(at, 999), reason: 'deleted' })
    }
    const process = await world.process({ database })
    expect(process.reports).toEqual([{ event: 'redis.rebuilt', buckets: 256, ends: 7500 }])
    for (const number of [0, 5, 7495]) expect(await process.revocations.has(aToken(`id-${number}`))).toBe(true)
    for (const number of [1, 7496]) expect(await process.hasEnded('family', `id-${number}`)).toBe(true)
    for (const number of [2, 2497]) expect(await process.hasEnded('session', `id-${number}`)).toBe(true)
  })
})

function aToken(jti: string) {
  const nothing = { familyId: undefined, sessionId: undefined, userId: undefined, clientId: '' }
  return { jti, ...nothing, versions: { user: 0, client: 0, everything: 0 } }
}
