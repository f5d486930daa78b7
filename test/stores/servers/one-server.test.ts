import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Overloaded, Unavailable } from '#core/oauth/error.ts'
import { openRedisServers, type RedisServersOptions } from '#stores/redis/servers/open-redis-servers.ts'
import { type RedisServers, ScriptRefusal } from '#stores/redis/servers/redis-servers.ts'
import { type PrivateRedis, startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { until } from '#test/support/redis-process.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'
import { count, keysOf, look, script } from './scripts.ts'

describe.skipIf(whyNoPrivateRedis())('one server', () => {
  let redis: PrivateRedis
  let admin: Redis
  const opened: RedisServers[] = []

  async function open(options: Partial<RedisServersOptions> = {}): Promise<RedisServers> {
    const servers = await openRedisServers(redis.url, { replicas: 0, ...options })
    opened.push(servers)
    return servers
  }

  beforeAll(async () => {
    redis = await startPrivateRedis()
    admin = new Redis(redis.url)
    admin.on('error', () => {})
  })
  afterEach(async () => void (await Promise.all(opened.splice(0).map((one) => one.close()))))
  afterAll(async () => {
    admin.disconnect()
    await redis.stop()
  })

  test('a script answers, and what it says no to is a refusal', async () => {
    const servers = await open({ name: 'signet-test' })
    const keys = keysOf('t', 7)
    expect(await servers.run(7, count, keys, [])).toEqual([1, 1])
    expect(await servers.run(7, look, keys, [])).toBe('1')
    const refusing = script("return redis.error_reply('LOST b07 3')")
    await expect(servers.run(7, refusing, keys, [])).rejects.toThrow(ScriptRefusal)
    await expect(servers.run(7, refusing, keys, [])).rejects.toThrow('LOST b07 3')
    expect(await admin.client('LIST')).toContain('name=signet-test')
  })

  test('a script that the server has forgotten is sent whole, and runs once', async () => {
    const servers = await open()
    const keys = keysOf('t', 8)
    await servers.run(8, count, keys, [])
    await admin.script('FLUSH')
    expect(await servers.run(8, count, keys, [])).toEqual([2, 2])
    await admin.script('FLUSH')
    const many = await Promise.all(Array.from({ length: 50 }, () => servers.run(8, count, keys, [])))
    expect(many.at(-1)).toEqual([52, 52])
  })

  test('what Redis itself says is `Unavailable`, without the arguments of the command', async () => {
    const servers = await open()
    const broken = script("return redis.call('NOSUCH', KEYS[1])")
    const failure = await servers.run(7, broken, keysOf('t', 7), ['canary']).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Unavailable)
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('canary')
  })

  test('a server that does not answer: every promise settles within two seconds, and it heals', async () => {
    const servers = await open()
    redis.signal('SIGSTOP')
    const watch = aStopwatch()
    const runs = Array.from({ length: 200 }, (_, run) => servers.run(run % 256, count, keysOf('t', run % 256), []))
    const settled = await Promise.allSettled(runs)
    expect(watch.milliseconds()).toBeLessThan(2000)
    for (const one of settled) expect(one).toMatchObject({ status: 'rejected', reason: { name: 'Unavailable' } })
    redis.signal('SIGCONT')
    await until('it answers again', async () => (await servers.run(1, look, keysOf('t', 1), [])) === '0', 3)
  })

  test('what was in flight when the connection broke ran once: it is not sent again', async () => {
    const servers = await open()
    const keys = keysOf('t', 9)
    await servers.run(9, count, keys, [])
    redis.signal('SIGSTOP')
    expect(await servers.run(9, count, keys, []).catch((error: Error) => error.name)).toBe('Unavailable')
    redis.signal('SIGCONT')
    await until('it ran', async () => (await servers.run(9, look, keys, [])) === '2', 3)
    for (let more = 0; more < 5; more++) expect(await servers.run(9, look, keys, [])).toBe('2')
  })

  test('a killed server is `Unavailable` at once, and used again when it is back', async () => {
    const servers = await open()
    await redis.kill()
    await until('it is known', async () => (await outcome(servers)) === 'NotSent', 2)
    const watch = aStopwatch()
    expect(await outcome(servers)).toBe('NotSent')
    expect(watch.milliseconds()).toBeLessThan(50)
    await redis.restart()
    await until('it answers again', async () => (await outcome(servers)) === 'ran', 3)
  })

  test('beyond 4,000 in flight one is turned away at once', async () => {
    const servers = await open()
    redis.signal('SIGSTOP')
    const inFlight = Array.from({ length: 4000 }, () => outcome(servers))
    // Nobody else has been answered yet, nor given up.
    expect(await Promise.race([outcome(servers), ...inFlight])).toBe(Overloaded.name)
    redis.signal('SIGCONT')
    expect(await Promise.all(inFlight)).not.toContain(Overloaded.name)
    await until('there is room again', async () => (await outcome(servers)) === 'ran', 3)
  })

  test('closing lets what was sent be answered, and nothing more is sent', async () => {
    const servers = await open()
    const run = servers.run(3, count, keysOf('t', 3), [])
    const closing = servers.close()
    expect(await run).toEqual([1, expect.any(Number)])
    await closing
    await expect(servers.run(3, look, keysOf('t', 3), [])).rejects.toThrow(Unavailable)
  })

  test('it tells the time, its settings and its state', async () => {
    const servers = await open()
    expect(Math.abs((await servers.time()).getTime() - Date.now())).toBeLessThan(1000)
    const [server] = await servers.list()
    expect(server?.address).toBe(new URL(redis.url).host)
    expect(await server?.info()).toContain('role:master')
    expect(await server?.setting('appendfsync')).toBe('always')
    expect(await server?.setting('no-such-setting')).toBeUndefined()
  })

  test('in the background it is opened while Redis is down, and used once it is up', async () => {
    await redis.kill()
    await expect(open()).rejects.toThrow(/^Redis at 127\.0\.0\.1:\d+ cannot be used: .*ECONNREFUSED/)
    const servers = await open({ background: true })
    expect(await outcome(servers)).toBe('NotSent')
    await redis.restart()
    await until('it answers', async () => (await outcome(servers)) === 'ran', 3)
  })
})

async function outcome(servers: RedisServers): Promise<string> {
  return servers.run(5, count, keysOf('t', 5), []).then(
    () => 'ran',
    (error: Error) => error.name,
  )
}
