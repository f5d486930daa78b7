import { pino } from 'pino'
import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { scheduleWork } from '#idp/scheduled-work.ts'
import { memoryFacts } from '#stores/memory/durable-facts.ts'
import { memoryLeases } from '#stores/memory/durable-leases.ts'
import { openMemoryStores } from '#stores/memory/open-memory-stores.ts'
import { aRevocable } from '#test/stores/fast/samples.ts'
import { testClock } from '#test/support/clock.ts'

test('ends that cannot be told do not block those behind them, however many they are', async () => {
  const clock = testClock()
  const facts = memoryFacts()
  const stores = openMemoryStores({ clock, sessionIdle: 600 })
  const away = () => Promise.reject(new Unavailable('a part of the fast store is away'))
  const put = async (kind: 'session' | 'token', id: string) => {
    const until = later(clock.now(), 600)
    await facts.put({ kind, id, version: undefined, reason: 'revoked_by_operator', at: clock.now(), until })
    clock.move(1)
  }
  for (let n = 0; n < 250; n++) await put('session', `ses_${n}`)
  await put('token', 'jti_1')
  const lines: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line) => void lines.push(line) })
  const stop = scheduleWork({
    clock,
    logger,
    announce: async () => {},
    logouts: { work: { name: 'logout', every: 1000, work: async () => {} }, idle: async () => {} },
    retention: { audit: 600, facts: 600 },
    stores: {
      ...stores,
      facts,
      leases: memoryLeases(),
      sessions: { ...stores.sessions, end: away },
      purge: async () => {},
    },
  })
  await expect.poll(() => stores.revocations.has(aRevocable({ jti: 'jti_1' })), { timeout: 10_000 }).toBe(true)
  await stop()
  expect(await facts.listPending(1000)).toHaveLength(250)
  // A fault that goes on is told once.
  expect(lines).toHaveLength(1)
})
