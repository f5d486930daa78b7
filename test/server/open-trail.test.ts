import { expect, test } from 'vitest'
import { openTrail } from '#idp/open-trail.ts'
import { createLogger } from '#server/http/logging.ts'
import { openMetrics } from '#server/management/metrics.ts'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'
import { testClock } from '#test/support/clock.ts'

test('lines that the trail loses are logged once per burst', async () => {
  const clock = testClock()
  const log: string[] = []
  const logger = createLogger({ log: { level: 'error' } }, { write: (line: string) => void log.push(line) })
  const stores = openMemoryDurableStores()
  const audit = openTrail({ stores, clock, logger, metrics: openMetrics(clock) })
  const burst = async (count: number) => {
    for (let n = 0; n < count; n++) void audit.record('token.refreshed', {})
  }
  await burst(10_000)
  expect(log).toEqual([])
  await burst(50)
  clock.move(59)
  await burst(50)
  expect(log).toEqual([expect.stringContaining('loses its oldest lines')])
  clock.move(60)
  await burst(1)
  expect(log).toHaveLength(2)
  await audit.flush()
  expect(await stores.audit.list({})).toHaveLength(10_000)
})
