import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import type { RedisServers } from '#stores/redis/servers/redis-servers.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { whyNoPrivateRedis } from '#test/support/redis.ts'
import { durableSettings, type RedisProcess, startRedisProcess, until } from '#test/support/redis-process.ts'
import { type SentinelTopology, startSentinels } from '#test/support/redis-topologies.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'
import { scriptLoad } from './script-load.ts'
import { count, keysOf } from './scripts.ts'

describe.skipIf(whyNoPrivateRedis())('a primary that sentinels watch', () => {
  let topology: SentinelTopology
  const opened: RedisServers[] = []

  async function open(): Promise<RedisServers> {
    const servers = await openRedisServers(topology.url, { replicas: 1 })
    opened.push(servers)
    return servers
  }
  beforeAll(async () => {
    topology = await startSentinels()
  })
  afterEach(async () => void (await Promise.all(opened.splice(0).map((one) => one.close()))))
  afterAll(() => topology.stop())

  test('the primary is found, though one sentinel is frozen and one is dead', async () => {
    const [one, other] = topology.sentinels
    one?.freeze()
    await other?.kill()
    const servers = await open()
    expect(await servers.run(1, count, keysOf('t', 1), [])).toEqual([1, 1])
    const [primary] = await topology.servers
    expect((await servers.list()).map(({ address }) => address)).toEqual([primary?.address])
    one?.thaw()
    await other?.restart()
  })

  test.each(['kill', 'freeze'] as const)(
    'the primary is lost (%s): back 2.5 s after another one is there',
    { timeout: 60_000 },
    async (how) => {
      await topology.healthy()
      const servers = await open()
      const load = scriptLoad(servers, 8)
      const [lost] = await topology.primaries()
      await lost?.[how]()
      await until(
        'another took over',
        async () => (await topology.primaries()).some(({ port }) => port !== lost?.port),
        10,
      )
      const watch = aStopwatch()
      await until('it answers', async () => load.isHealed(), 10)
      expect(watch.milliseconds()).toBeLessThan(2500)
      const { failures, isExact } = await load.stop()
      expect(failures.filter((one) => !/^(Unavailable|NotSent|ErrorReply): /.test(one))).toEqual([])
      await until('every record was counted as often as it was answered', () => isExact(), 5)
      await lost?.restart()
    },
  )
})

describe.skipIf(whyNoPrivateRedis())('sentinels that do not agree', () => {
  const started: RedisProcess[] = []
  afterEach(async () => void (await Promise.all(started.splice(0).map((one) => one.stop()))))

  async function start(...[options]: Parameters<typeof startRedisProcess>): Promise<RedisProcess> {
    const process = await startRedisProcess(options)
    started.push(process)
    return process
  }

  /** Sentinels that never switch: each names what it was told. */
  async function urlOf(named: readonly number[]): Promise<string> {
    const ports = await freePorts(named.length)
    const monitor = (place: number) => `monitor house 127.0.0.1 ${named[place]} 3`
    await Promise.all(ports.map((port, at) => start({ port, sentinel: true, settings: { sentinel: [monitor(at)] } })))
    return `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`)}/house`
  }

  test('the server that most of them name is taken, wherever the others stand in the URL', async () => {
    const [port = 0, nobody = 0] = await freePorts(2)
    await start({ port, settings: durableSettings })
    for (const named of [
      [nobody, port, port],
      [port, port, nobody],
    ]) {
      const servers = await openRedisServers(await urlOf(named), { replicas: 0 })
      expect((await servers.list()).map(({ address }) => address)).toEqual([`127.0.0.1:${port}`])
      await servers.close()
    }
  })

  test('a server that says to be a replica is not taken for the primary, and is once it leads', async () => {
    const [port = 0, nobody = 0] = await freePorts(2)
    const replica = await start({ port, settings: { ...durableSettings, replicaof: `127.0.0.1 ${nobody}` } })
    const url = await urlOf([port])
    await expect(openRedisServers(url, { replicas: 0 })).rejects.toThrow('it is a replica and not the primary')
    await replica.call('REPLICAOF', 'NO', 'ONE')
    const servers = await openRedisServers(url, { replicas: 0 })
    expect(await servers.run(1, count, keysOf('t', 1), [])).toEqual([1, 1])
    await servers.close()
  })

  test('none that answers: the reason of each is told, and no password', async () => {
    const [one = 0, other = 0] = await freePorts(2)
    const url = `redis+sentinel://me:pa55word@127.0.0.1:${one},127.0.0.1:${other}/house?sentinelPassword=pa55word`
    const refused = openRedisServers(url, { replicas: 0 })
    await expect(refused).rejects.toThrow(
      `no sentinel names the primary: 127.0.0.1:${one}: connect ECONNREFUSED 127.0.0.1:${one}; 127.0.0.1:${other}: `,
    )
    await expect(refused).rejects.not.toThrow('pa55word')
  })
})
