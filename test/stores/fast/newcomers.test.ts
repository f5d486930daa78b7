import { describe, expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { whyNoPrivateRedis } from '#test/support/redis.ts'
import { aWorld, snapshot } from './redis-world.ts'
import { aFamily } from './samples.ts'

const whyNot = whyNoPrivateRedis()

describe.skipIf(whyNot)(`a server that took over${whyNot ? ` (${whyNot})` : ''}`, () => {
  /** A process that lives on, and an end that only a process that died was told of, which the promoted server lacks. */
  async function taken() {
    const world = await aWorld()
    const lives = await world.process()
    const dies = await world.process()
    const families = [aFamily(world.clock.now()), aFamily(world.clock.now())] as const
    for (const family of families) await lives.families.begin(family)
    const restore = await snapshot(world.raw)
    await dies.end({ kind: 'family', id: families[0].id })
    return { world, lives, dies, families, restore }
  }

  test('what only a process that has died knew of is applied again before anything is believed', async () => {
    const { world, lives, families, restore } = await taken()
    await using _ = world
    await restore()
    await world.server.restart()
    await expect.poll(() => lives.rebuilding(), { timeout: 10_000 }).toBe(256)
    await expect(lives.rotate(families[0], 1)).rejects.toBeInstanceOf(Unavailable)
    await lives.attempt()
    expect(lives.rebuilding()).toBe(0)
    expect(await lives.hasEnded('family', families[0].id)).toBe(true)
    expect(await lives.rotate(families[0], 1)).toEqual({ outcome: 'refused' })
    expect(await lives.rotate(families[1], 1)).toMatchObject({ outcome: 'rotated', generation: 2 })
  })

  test('one process does it, and the others find its mark; what ended long ago is not read', async () => {
    const { world, lives, restore } = await taken()
    await using _ = world
    await restore()
    await world.server.restart()
    const read: (Date | undefined)[] = []
    const listEnds: typeof world.database.facts.listEnds = (...asked) => {
      read.push(asked[3])
      return world.database.facts.listEnds(...asked)
    }
    await expect.poll(() => lives.rebuilding(), { timeout: 10_000 }).toBe(256)
    await lives.attempt()
    const facts = { ...world.database.facts, listEnds }
    const other = await world.process({ database: { ...world.database, facts } })
    expect(other.rebuilding()).toBe(0)
    expect(read).toEqual([])
    const servers = await openRedisServers(world.server.url, { replicas: 0 })
    const strange = await world.process({
      database: { ...world.database, facts },
      servers: { ...servers, serverOf: () => 'another' },
    })
    expect(strange.rebuilding()).toBe(0)
    expect(read).toHaveLength(1)
    expect(read[0]?.getTime()).toBeGreaterThan(later(world.clock.now(), -630).getTime())
    await servers.close()
  })

  test('a bucket that moves between servers that are believed is believed at once', async () => {
    await using world = await aWorld()
    const servers = await openRedisServers(world.server.url, { replicas: 0 })
    const at: string[] = Array.from({ length: 256 }, (_, bucket) => (bucket < 128 ? 'one' : 'two'))
    const process = await world.process({ servers: { ...servers, serverOf: (bucket) => at[bucket] } })
    at.fill('two')
    expect(process.rebuilding()).toBe(0)
    at.fill('three')
    expect(process.rebuilding()).toBe(256)
    await servers.close()
  })

  test('a server that was replaced and takes over again is as strange as any other, though it was never restarted', async () => {
    const { world, dies, families } = await taken()
    await using _ = world
    const servers = await openRedisServers(world.server.url, { replicas: 0 })
    const lives = await world.process({ servers })
    const restore = await snapshot(world.raw)
    await dies.end({ kind: 'family', id: families[1].id })
    await restore()
    const [nobody = 0] = await freePorts(1)
    await world.raw.call('REPLICAOF', '127.0.0.1', nobody)
    await expect(lives.rotate(families[1], 1)).rejects.toBeInstanceOf(Unavailable)
    await world.raw.call('REPLICAOF', 'NO', 'ONE')
    await expect.poll(() => lives.rebuilding(), { timeout: 10_000 }).toBe(256)
    await expect(lives.rotate(families[1], 1)).rejects.toBeInstanceOf(Unavailable)
    await lives.attempt()
    expect(await lives.rotate(families[1], 1)).toEqual({ outcome: 'refused' })
    await servers.close()
  })

  test('a connection that is made again to a server that leads all the time leads to the same', async () => {
    await using world = await aWorld()
    const servers = await openRedisServers(world.server.url, { replicas: 0 })
    const process = await world.process({ servers })
    const before = servers.serverOf(0)
    await world.raw.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await expect.poll(() => servers.time().catch(() => undefined)).toBeInstanceOf(Date)
    expect(servers.serverOf(0)).toBe(before)
    expect(process.rebuilding()).toBe(0)
    await servers.close()
  })

  test('one who is too slow leaves it to the next, and believes nothing before that', async () => {
    const { world } = await taken()
    await using _ = world
    const at = world.clock.now()
    const end = { kind: 'token', version: undefined, at, until: later(at, 999), reason: 'deleted' } as const
    for (let number = 0; number < 5001; number++) await world.database.facts.put({ ...end, id: `jti-${number}` })
    let isSlow = true
    const claim: typeof world.database.leases.claim = async (name, ...asked) => {
      const isGiven = await world.database.leases.claim(name, ...asked)
      const [, { until }] = asked
      if (isSlow && isGiven && name === 'newcomers')
        await world.database.leases.claim(name, 'another', { now: later(until, 1), until })
      return isGiven
    }
    const leases = { ...world.database.leases, claim }
    const process = await world.process({ database: { ...world.database, leases } })
    await world.server.restart()
    await expect.poll(() => process.rebuilding(), { timeout: 10_000 }).toBe(256)
    await process.attempt()
    expect(process.rebuilding()).toBe(256)
    isSlow = false
    world.clock.move(60)
    const goOn = async () => {
      await process.attempt().catch(() => {})
      return process.rebuilding()
    }
    await expect.poll(goOn, { timeout: 10_000 }).toBe(0)
  })
})
