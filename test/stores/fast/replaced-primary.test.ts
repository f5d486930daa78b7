import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { bucketKeyOf, bucketOf } from '#stores/redis/redis-table.ts'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import { testClock } from '#test/support/clock.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { whyNoPrivateRedis } from '#test/support/redis.ts'
import { durableSettings, type RedisProcess, startRedisProcess, until } from '#test/support/redis-process.ts'
import { withRole } from '#test/support/redis-topologies.ts'
import { aDatabase, openTicked, type Ticked } from './redis-world.ts'
import { aCode, aFamily } from './samples.ts'

const whyNot = whyNoPrivateRedis()

/** A primary that goes on answering when another one has taken its place: only its replicas know. */
describe.skipIf(whyNot)(`a primary that was replaced${whyNot ? ` (${whyNot})` : ''}`, () => {
  let primary: RedisProcess
  let replica: RedisProcess
  const opened: Ticked[] = []
  const clock = testClock()
  const database = aDatabase()

  async function follow(): Promise<void> {
    await replica.call('REPLICAOF', '127.0.0.1', primary.port)
    await until('the replica follows', async () => (await withRole([replica], 'slave')).length === 1)
  }
  beforeAll(async () => {
    const [one = 0, other = 0] = await freePorts(2)
    const settings = { ...durableSettings, 'repl-diskless-sync-delay': 0 }
    primary = await startRedisProcess({ port: one, settings })
    replica = await startRedisProcess({ port: other, settings })
    await follow()
  })
  afterAll(async () => {
    await Promise.all(opened.map(({ servers }) => servers.close()))
    await Promise.all([primary.stop(), replica.stop()])
  })

  async function open(server: RedisProcess, replicas: number): Promise<Ticked> {
    const servers = await openRedisServers(`redis://${server.address}`, { replicas })
    const process = openTicked({ servers, database, clock })
    opened.push(process)
    await process.attempt()
    return process
  }

  test('its answers are believed while the replicas confirm it, and not when they do not', async () => {
    const process = await open(primary, 1)
    const family = aFamily(clock.now())
    await process.families.begin(family)
    expect(await process.hasEnded('family', family.id)).toBe(false)
    replica.freeze()
    await until('nothing is believed', async () =>
      process.hasEnded('family', family.id).then(
        () => false,
        (error) => error instanceof Unavailable,
      ),
    )
    replica.thaw()
    const ended = () => process.hasEnded('family', family.id).catch(() => undefined)
    await until('it is believed again', async () => (await ended()) === false)
  })

  test('what it does not know is not taken for unknown, and what it would change nothing of is not decided', async () => {
    await open(primary, 1)
    await replica.call('REPLICAOF', 'NO', 'ONE')
    const there = await open(replica, 0)
    const family = aFamily(clock.now())
    await there.codes.put('issued-since', aCode(clock.now()))
    await there.families.begin(family)

    const stays = await open(primary, 1)
    await expect(stays.codes.find('issued-since')).rejects.toBeInstanceOf(Unavailable)
    await expect(stays.codes.claim('issued-since')).rejects.toBeInstanceOf(Unavailable)
    await expect(stays.rotate(family, 1)).rejects.toBeInstanceOf(Unavailable)
    await follow()
  })

  test('nobody is asked for a proof where no replicas are wanted', async () => {
    const process = await open(primary, 0)
    const family = aFamily(clock.now())
    const bucket = bucketKeyOf('signet', bucketOf(family.id))
    await primary.call('HDEL', bucket, 'p')
    await process.families.begin(family)
    await process.hasEnded('family', family.id)
    expect(await primary.call('HGET', bucket, 'p')).toBeNull()
  })
})
