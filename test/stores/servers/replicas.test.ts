import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import type { RedisServers } from '#stores/redis/servers/redis-servers.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { whyNoPrivateRedis } from '#test/support/redis.ts'
import { durableSettings, type RedisProcess, startRedisProcess, until } from '#test/support/redis-process.ts'
import { count, keysOf, look } from './scripts.ts'

describe.skipIf(whyNoPrivateRedis())('a primary and a replica', () => {
  let primary: RedisProcess
  let replica: RedisProcess
  let servers: RedisServers

  beforeAll(async () => {
    const [first = 0, second = 0] = await freePorts(2)
    const settings = { ...durableSettings, 'repl-diskless-sync-delay': 0 }
    primary = await startRedisProcess({ port: first, settings })
    replica = await startRedisProcess({ port: second, settings: { ...settings, replicaof: `127.0.0.1 ${first}` } })
    await until('the replica is online', async () =>
      /state=online/.test(String(await primary.call('INFO', 'replication'))),
    )
    servers = await openRedisServers(`redis://${primary.address}`, { replicas: 1 })
  })
  afterAll(async () => {
    await servers.close()
    await Promise.all([primary.stop(), replica.stop()])
  })

  test('an answer to a write means that the replica has it', async () => {
    let acknowledged = 0
    for (let round = 1; round <= 60 && acknowledged < 50; round++) {
      const keys = keysOf('t', round)
      // On a computer that is busy elsewhere a replica may be late, and then there is no such answer.
      const isInDoubt = await servers.run(round, count, keys, []).then(
        () => false,
        (error) => error instanceof Unavailable || Promise.reject(error),
      )
      if (isInDoubt) continue
      acknowledged += 1
      expect(await replica.call('HGET', keys[0], 'n')).toBe('1')
    }
    expect(acknowledged).toBe(50)
  })

  test('one WAIT serves all that were answered since the last', async () => {
    const before = { waits: await calls(primary, 'wait'), scripts: await calls(primary, 'hincrby') }
    for (let round = 0; round < 5; round++)
      await Promise.allSettled(
        Array.from({ length: 400 }, (_, run) => servers.run(run % 256, count, keysOf('t', run % 256), [])),
      )
    const scripts = (await calls(primary, 'hincrby')) - before.scripts
    const waits = (await calls(primary, 'wait')) - before.waits
    expect(scripts).toBe(2 * 2000)
    expect(waits).toBeGreaterThan(0)
    expect(waits).toBeLessThan(200)
  })

  test('what only reads does not wait for the replicas', async () => {
    const before = await calls(primary, 'wait')
    for (let round = 0; round < 20; round++) await servers.run(1, look, keysOf('t', 1), [])
    expect(await calls(primary, 'wait')).toBe(before)
  })

  test('where no replica has it the answer is in doubt, reads go on, and it heals', async () => {
    replica.freeze()
    const keys = keysOf('t', 4)
    const runs = Array.from({ length: 20 }, () => servers.run(4, count, keys, []))
    const reading = servers.run(4, look, keys, [])
    for (const one of await Promise.allSettled(runs))
      expect(one).toMatchObject({ status: 'rejected', reason: { message: '0 of 1 replicas have it' } })
    expect(Number(await reading)).toBeLessThanOrEqual(20)
    replica.thaw()
    await until('it is acknowledged', async () => Array.isArray(await servers.run(4, count, keys, [])), 3)
  })

  test('a WAIT is never answered by another connection than the one that wrote', async () => {
    replica.freeze()
    const run = servers.run(4, count, keysOf('t', 4), []).catch((error: unknown) => error)
    await until('it waits', async () => /cmd=wait/.test(String(await primary.call('CLIENT', 'LIST'))), 2)
    await primary.call('CLIENT', 'KILL', 'TYPE', 'normal')
    expect(await run).toBeInstanceOf(Unavailable)
    replica.thaw()
  })

  test('a primary that may not write without replicas says so: `Unavailable`', async () => {
    await until('it is connected again', async () => (await failed(servers.time())) === 'it ran', 3)
    await primary.call('CONFIG', 'SET', 'min-replicas-to-write', 2)
    const failure = await failed(servers.run(4, count, keysOf('t', 4), []))
    expect(failure).toMatchObject({ name: 'ErrorReply', text: expect.stringMatching(/^NOREPLICAS/) })
    await primary.call('CONFIG', 'SET', 'min-replicas-to-write', 0)
  })

  test('a primary that became a replica is left, for the name may lead to another', async () => {
    const single = await openRedisServers(`redis://${primary.address}`, { replicas: 0 })
    await primary.call('REPLICAOF', '127.0.0.1', 1)
    const before = Number(/total_connections_received:(\d+)/.exec(String(await primary.call('INFO', 'stats')))?.[1])
    expect(await failed(single.run(4, count, keysOf('t', 4), []))).toMatchObject({ name: 'ErrorReply' })
    await until(
      'it connects again',
      async () => Array.isArray(await single.list()) && (await single.time()) !== undefined,
      2,
    )
    const after = Number(/total_connections_received:(\d+)/.exec(String(await primary.call('INFO', 'stats')))?.[1])
    expect(after).toBeGreaterThan(before + 1)
    await primary.call('REPLICAOF', 'NO', 'ONE')
    await single.close()
  })
})

async function failed(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => 'it ran',
    (error: unknown) => error,
  )
}

/** How often the server has run a command. */
async function calls(server: RedisProcess, command: string): Promise<number> {
  const info = String(await server.call('INFO', 'commandstats'))
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(info)?.[1] ?? 0)
}
