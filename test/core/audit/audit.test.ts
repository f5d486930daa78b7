import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openAudit } from '#core/audit/audit.ts'
import type { AuditEvent, AuditStore } from '#core/audit/audit-event.ts'
import { testClock } from '#test/support/clock.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const clock = testClock()
const mostWaiting = 10_000

/** A trail whose store answers each put when, and as, the test says. */
function aSlowStore() {
  const kept: AuditEvent[] = []
  const puts: { readonly events: readonly AuditEvent[]; succeed(): void; fail(): void }[] = []
  const store: AuditStore = {
    list: async () => kept,
    put: (events) =>
      new Promise((resolve, reject) => {
        const succeed = () => {
          kept.push(...events)
          resolve()
        }
        puts.push({ events, succeed, fail: () => reject(new Error('no')) })
      }),
  }
  return { store, kept, puts }
}

const tick = () => vi.advanceTimersByTimeAsync(1000)
const countsOf = (events: readonly AuditEvent[]) => events.map(({ details }) => details.count)

test('a flush waits for the batch that is under way, however old, and for what came after it', async () => {
  const { store, kept, puts } = aSlowStore()
  const audit = openAudit({ store, clock })
  await audit.record('token.refreshed', { details: { count: 1 } })
  await tick()
  await audit.record('token.refreshed', { details: { count: 2 } })
  await tick()
  puts[1]?.succeed()
  let isFlushed = false
  const flushed = audit.flush().then(() => {
    isFlushed = true
  })
  await tick()
  expect(isFlushed).toBe(false)
  puts[0]?.succeed()
  await tick()
  puts[1]?.succeed()
  await flushed
  expect(countsOf(kept)).toEqual([1, 2])
})

test('after a flush, what comes later is written in its turn', async () => {
  const { store, kept, puts } = aSlowStore()
  const audit = openAudit({ store, clock })
  await audit.flush()
  await audit.record('token.refreshed', { details: { count: 1 } })
  await tick()
  puts[0]?.succeed()
  await tick()
  expect(countsOf(kept)).toEqual([1])
})

test('what is lost because too many wait is told, oldest first', async () => {
  const { store, kept, puts } = aSlowStore()
  const lost: AuditEvent[] = []
  const audit = openAudit({ store, clock, dropped: (event) => void lost.push(event) })
  for (let count = 0; count < mostWaiting + 3; count++) await audit.record('token.refreshed', { details: { count } })
  expect(countsOf(lost)).toEqual([0, 1, 2])
  await tick()
  for (const count of ['a', 'b']) await audit.record('token.refreshed', { details: { count } })
  puts[0]?.fail()
  await tick()
  expect(countsOf(lost)).toEqual([0, 1, 2, 3, 4])
  await tick()
  puts[1]?.succeed()
  await audit.flush()
  expect(kept).toHaveLength(mostWaiting)
  expect(countsOf(kept.slice(-2))).toEqual(['a', 'b'])
})
