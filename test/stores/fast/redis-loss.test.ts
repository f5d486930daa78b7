import { describe, expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { digest } from '#core/oauth/random.ts'
import { bucketKeyOf, bucketOf } from '#stores/redis/redis-table.ts'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import type { RedisServers } from '#stores/redis/servers/redis-servers.ts'
import { startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { aWorld, snapshot, type Ticked } from './redis-world.ts'
import { aCode, aFamily, aRevocable, aSession } from './samples.ts'

const whyNot = whyNoPrivateRedis()

/** What a server does when a family is lost: SQL remembers the floor, the token says more. */
async function refresh(process: Ticked, family: ReturnType<typeof aFamily>, shown: number, floor = 1) {
  const first = await process.rotate(family, shown)
  if (first.outcome !== 'lost') return first
  await process.families.recover({ family, generation: Math.max(shown, floor), rotatedAt: family.createdAt })
  return process.rotate(family, shown)
}

describe.skipIf(whyNot)(`Redis that has lost its memory${whyNot ? ` (${whyNot})` : ''}`, () => {
  test('wiped: the next call is refused, then nothing that ended lives and nobody is signed out', async () => {
    await using world = await aWorld()
    const { clock } = world
    const process = await world.process()
    const [alive, ended] = [aFamily(clock.now()), aFamily(clock.now())]
    const session = aSession(clock.now())
    for (const family of [alive, ended]) await process.families.begin(family)
    await process.sessions.begin(session, digest('s'))
    await process.rotate(alive, 1)
    await process.rotate(alive, 2)
    await process.end({ kind: 'family', id: ended.id })
    await process.end({ kind: 'user', id: 'user-1', version: 2 })

    await world.raw.flushall()
    await expect(process.rotate(alive, 3)).rejects.toBeInstanceOf(Unavailable)
    await expect(process.hasEnded('family', ended.id)).rejects.toBeInstanceOf(Unavailable)
    await expect(process.check()).rejects.toBeInstanceOf(Unavailable)
    await process.beat()
    expect(process.rebuilding()).toBe(256)
    await process.attempt()

    await process.check()
    expect(process.reports.at(-1)).toEqual({ event: 'redis.rebuilt', buckets: 256, ends: 2 })
    expect(await process.hasEnded('family', ended.id)).toBe(true)
    expect(await process.rotate(ended, 1)).toEqual({ outcome: 'refused' })
    const versions = { user: 1, client: 0, everything: 0 }
    expect(await process.revocations.has(aRevocable({ userId: 'user-1', versions }))).toBe(true)
    expect(await refresh(process, alive, 3)).toEqual({ outcome: 'rotated', family: alive, generation: 4 })
    expect(await process.sessions.find(session.id, digest('s'))).toBe('lost')
    expect(await process.sessions.recover(session, digest('s'))).toBe('recovered')
    expect(await process.sessions.find(session.id, digest('s'))).toEqual(session)
  })

  test('an old backup restored: what was rotated, spent and ended since does not come back', async () => {
    await using world = await aWorld()
    const { clock } = world
    const process = await world.process()
    const [family, ended] = [aFamily(clock.now()), aFamily(clock.now())]
    for (const one of [family, ended]) await process.families.begin(one)
    await process.codes.put('spent-since', aCode(clock.now()))
    const restore = await snapshot(world.raw)
    expect(await process.codes.claim('spent-since')).toMatchObject({ outcome: 'claimed' })
    for (const generation of [1, 2, 3]) await process.rotate(family, generation)
    await process.end({ kind: 'family', id: ended.id })

    await restore()
    await expect(process.rotate(family, 1)).rejects.toBeInstanceOf(Unavailable)
    await expect(process.codes.claim('spent-since')).rejects.toBeInstanceOf(Unavailable)
    await process.beat()
    await process.attempt()
    expect(await process.codes.claim('spent-since')).toEqual({ outcome: 'refused' })
    expect(await process.codes.find('spent-since')).toBeUndefined()
    expect(await process.hasEnded('family', ended.id)).toBe(true)
    expect(await process.rotate(family, 1)).toEqual({ outcome: 'lost' })
    expect(await refresh(process, family, 4)).toEqual({ outcome: 'rotated', family, generation: 5 })
    expect(await process.rotate(family, 4)).toMatchObject({ outcome: 'repeated', generation: 5 })
  })

  test('an old backup under servers that were all restarted is noticed by what SQL was told', async () => {
    await using world = await aWorld()
    const first = await world.process()
    const family = aFamily(world.clock.now())
    await first.families.begin(family)
    const restore = await snapshot(world.raw)
    await first.rotate(family, 1)
    await first.note()
    await restore()

    const second = await world.process()
    expect(second.reports).toEqual([{ event: 'redis.rebuilt', buckets: 1, ends: 0 }])
    expect(await second.rotate(family, 1)).toEqual({ outcome: 'lost' })
  })

  test('a stale replica that was promoted: a rotation that it never had gives the same successor again', async () => {
    await using world = await aWorld()
    const promoted = await startPrivateRedis()
    const [old, fresh] = [
      await openRedisServers(world.server.url, { replicas: 0 }),
      await openRedisServers(promoted.url, { replicas: 0 }),
    ]
    try {
      let now = old
      const servers: RedisServers = { ...old, run: (...call) => now.run(...call) }
      const process = await world.process({ servers })
      const family = aFamily(world.clock.now())
      await process.families.begin(family)
      await process.rotate(family, 1)
      await copyTo(promoted.url, world.server.url)
      expect(await process.rotate(family, 2)).toMatchObject({ outcome: 'rotated', generation: 3 })

      now = fresh
      await expect(process.rotate(family, 2)).rejects.toBeInstanceOf(Unavailable)
      await process.attempt()
      expect(process.reports.at(-1)).toMatchObject({ buckets: 1 })
      // The reply was lost with the primary: the client shows what it has.
      expect(await refresh(process, family, 2, 2)).toEqual({ outcome: 'rotated', family, generation: 3 })
    } finally {
      await fresh.close()
      await promoted.stop()
    }
  })

  test.for(['e', 'w', 't'])(
    'a bucket whose field %s is missing is one that was lost, and not one that never answers',
    async (field) => {
      await using world = await aWorld()
      const process = await world.process()
      const family = aFamily(world.clock.now())
      await process.families.begin(family)
      await process.rotate(family, 1)
      await world.raw.hdel(bucketKeyOf('signet', bucketOf(family.id)), field)
      await expect(process.rotate(family, 2)).rejects.toBeInstanceOf(Unavailable)
      expect(process.rebuilding()).toBe(1)
      await process.attempt()
      expect(process.reports.at(-1)).toMatchObject({ event: 'redis.rebuilt', buckets: 1 })
      expect(await refresh(process, family, 2)).toEqual({ outcome: 'rotated', family, generation: 3 })
    },
  )

  test('a code from before is refused, a code spent before stays spent, and no code works twice', async () => {
    await using world = await aWorld()
    const process = await world.process()
    for (const hash of ['open', 'spent']) await process.codes.put(hash, aCode(world.clock.now()))
    await process.codes.claim('spent')
    await world.raw.del(...(await world.raw.keys('*:bucket')))
    await process.beat()
    await process.attempt()
    expect(await process.codes.claim('open')).toEqual({ outcome: 'refused' })
    expect(await process.codes.claim('spent')).toMatchObject({ outcome: 'replayed' })
    expect(await process.codes.find('spent')).toMatchObject({ spent: true })
  })

  test('marks of an older epoch are true, whatever SQL knows of them', async () => {
    await using world = await aWorld()
    const process = await world.process()
    const session = aSession(world.clock.now())
    const until = later(world.clock.now(), 1000)
    await process.sessions.end(session.id, until)
    await process.revocations.add({ kind: 'token', jti: 'j', until })
    await process.families.revoke('f', until)
    await world.raw.del(...(await world.raw.keys('*:bucket')))
    await process.beat()
    await process.attempt()
    expect(await process.hasEnded('session', session.id)).toBe(true)
    expect(await process.sessions.recover(session, digest('s'))).toBe('known')
    expect(await process.sessions.find(session.id, digest('s'))).toBeUndefined()
    expect(await process.revocations.has(aRevocable({ jti: 'j' }))).toBe(true)
    expect(
      await process.families.recover({ family: aFamily(until, { id: 'f' }), generation: 9, rotatedAt: until }),
    ).toBe('known')
  })

  test('a family that is lost comes back once per loss', async () => {
    await using world = await aWorld()
    const process = await world.process()
    const family = aFamily(world.clock.now())
    await process.families.begin(family)
    for (const generation of [5, 9]) {
      await world.raw.flushall()
      // The first one leaves out what has taken a write since the last.
      for (const _ of ['first', 'second']) await process.beat()
      await process.attempt()
      const found = { family, generation, rotatedAt: family.createdAt }
      const answers = await Promise.all([1, 2, 3].map(() => process.families.recover(found)))
      expect(answers.filter((answer) => answer === 'recovered')).toHaveLength(1)
      expect(await process.rotate(family, generation)).toMatchObject({ outcome: 'rotated', generation: generation + 1 })
    }
    expect(await process.rotate(family, 12)).toMatchObject({ outcome: 'reused' })
  })
})

/** As replication would have it at this moment, and not later. */
async function copyTo(target: string, source: string): Promise<void> {
  const { Redis } = await import('ioredis')
  const [from, to] = [new Redis(source), new Redis(target)]
  for (const key of await from.keys('*')) await to.restore(key, await from.pttl(key), await from.dumpBuffer(key))
  from.disconnect()
  to.disconnect()
}
