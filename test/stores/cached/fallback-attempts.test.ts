import { expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { fallbackAttempts } from '#stores/cached/fallback-attempts.ts'
import { openMemoryStores } from '#stores/memory/open-memory-stores.ts'
import { testClock } from '#test/support/clock.ts'

/** Counters over a store that a test takes away and gives back. */
function counters() {
  const clock = testClock()
  const { attempts } = openMemoryStores({ clock, sessionIdle: 60 })
  let fault: Error | undefined
  const breakable =
    <A extends unknown[], R>(verb: (...given: A) => Promise<R>) =>
    async (...given: A) => {
      if (fault) throw fault
      return verb(...given)
    }
  const { claim, refund, end } = attempts
  const store = { claim: breakable(claim), refund: breakable(refund), end: breakable(end) }
  return {
    clock,
    attempts: fallbackAttempts(store, clock),
    away: (error: Error = new Unavailable('away')) => {
      fault = error
    },
    back: () => {
      fault = undefined
    },
  }
}

const limit = (key: string, most = 10) => ({ key, most, window: 60 })

test('while the store is away half as many are allowed, and never none at all or without end', async () => {
  const { attempts, away, clock } = counters()
  away()
  for (let at = 0; at < 5; at += 1) expect((await attempts.claim([limit('a')])).outcome).toBe('allowed')
  clock.move(10)
  expect(await attempts.claim([limit('a')])).toEqual({ outcome: 'full', key: 'a', retryAfter: 50 })
  expect((await attempts.claim([limit('b', 1)])).outcome).toBe('allowed')
  expect((await attempts.claim([limit('b', 1)])).outcome).toBe('full')
  clock.move(50)
  expect((await attempts.claim([limit('a')])).outcome).toBe('allowed')
})

test('a claim that meets a full counter is counted in none, and a right guess is given back', async () => {
  const { attempts, away } = counters()
  away()
  for (let at = 0; at < 5; at += 1) await attempts.claim([limit('full')])
  for (let at = 0; at < 20; at += 1) await attempts.claim([limit('other'), limit('full')])
  for (let at = 0; at < 20; at += 1) {
    expect((await attempts.claim([limit('other')])).outcome).toBe('allowed')
    await attempts.refund([limit('other')])
  }
})

test('the store counts again as soon as it is back', async () => {
  const { attempts, away, back } = counters()
  for (let at = 0; at < 9; at += 1) await attempts.claim([limit('a')])
  away()
  await attempts.claim([limit('a')])
  back()
  expect((await attempts.claim([limit('a')])).outcome).toBe('allowed')
  expect((await attempts.claim([limit('a')])).outcome).toBe('full')
})

test('strangers who make up keys fill neither the memory nor get past the limit', async () => {
  const { attempts, away, clock } = counters()
  away()
  for (let at = 0; at < 10_000; at += 1) await attempts.claim([limit(`made-up-${at}`)])
  const late = []
  for (let at = 0; at < 20; at += 1) late.push((await attempts.claim([limit(`late-${at}`)])).outcome)
  expect(late.filter((outcome) => outcome === 'allowed')).toHaveLength(5)
  clock.move(60)
  expect((await attempts.claim([limit('later')])).outcome).toBe('allowed')
})

test('an error that is a bug is not covered', async () => {
  const { attempts, away } = counters()
  away(new TypeError('a bug'))
  await expect(attempts.claim([limit('a')])).rejects.toThrow(TypeError)
})
