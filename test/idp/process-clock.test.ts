import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Config } from '#config/config.ts'
import { loadConfig } from '#config/load.ts'
import type { Clock } from '#core/clock.ts'
import { processClock } from '#idp/process-clock.ts'
import { openStores } from '#stores/open.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import type { RedisServers } from '#stores/redis/servers/redis-servers.ts'
import { startPostgres, whyNoPostgres } from '#test/support/postgres.ts'
import { startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'

const off = 600_000

/** Milliseconds that a date is ahead of the true time, which the monotonic clock knows. */
const ahead = (date: Date): number => date.getTime() - performance.timeOrigin - performance.now()
const truth = async (): Promise<Date> => new Date(performance.timeOrigin + performance.now())

// The machine's own clock is ten minutes ahead, and its monotonic one right.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + off }))
afterEach(() => void vi.useRealTimers())

function configOf(redis: string, database: string): Config {
  const flags = { 'redis.url': redis, 'database.url': database }
  return loadConfig({ mode: 'dev', env: {}, flags })
}

test('the first measurement is tried until three clocks have answered, and not for ever', async () => {
  let asked = 0
  const late = async () => {
    asked += 1
    if (asked < 3) throw new Error('late')
    return truth()
  }
  const servers = (time: () => Promise<Date>) => ({ servers: { time } as RedisServers, time: truth })
  const config = configOf('redis://127.0.0.1:1', 'postgresql://127.0.0.1:1/none')
  const time = processClock(config, undefined)
  await time.agree(servers(late))
  expect(asked).toBe(3)
  expect(Math.abs(ahead(time.clock.now()))).toBeLessThan(5000)

  const alone = processClock(config, undefined)
  await alone.agree(servers(() => Promise.reject(new Error('away'))))
  expect(ahead(alone.clock.now())).toBeGreaterThan(off - 5000)
})

const reason = whyNoPostgres() ?? whyNoPrivateRedis()

describe.skipIf(reason)(`over PostgreSQL and Redis${reason ? ` (${reason})` : ''}`, () => {
  test('the stores decide nothing by a clock that is wrong: the time is agreed upon first', async () => {
    const [postgres, redis] = await Promise.all([startPostgres(), startPrivateRedis()])
    try {
      const config = configOf(redis.url, await postgres.openDatabase())
      await migrate(config.database.url)
      const { clock: agreed, agree } = processClock(config, undefined)
      const read: number[] = []
      const clock: Clock = {
        now() {
          const date = agreed.now()
          read.push(ahead(date))
          return date
        },
        get offset() {
          return agreed.offset
        },
      }
      const stores = await openStores(config, clock, { agree, report() {} })
      await expect.poll(() => stores.checkFast().then(() => true), { timeout: 20_000 }).toBe(true)
      await stores.close()
      expect(read.length).toBeGreaterThan(0)
      expect(read.filter((milliseconds) => Math.abs(milliseconds) > 5000)).toEqual([])
    } finally {
      await Promise.all([redis.stop(), postgres.stop()])
    }
  })
})
