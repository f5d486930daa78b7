import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { testClock } from '#test/support/clock.ts'
import { describeEach } from './implementations.ts'

describeEach('attempts', (open) => {
  async function opened() {
    const clock = testClock()
    const { attempts } = await open({ clock, sessionIdle: 600 })
    const limit = (most: number, window = 100) => ({ key: `account:${randomUUID()}`, most, window })
    const claimed = async (...limits: ReturnType<typeof limit>[]) => (await attempts.claim(limits)).outcome
    return { clock, attempts, limit, claimed }
  }

  test('a counter lets as many through as it allows, then says when it opens', async () => {
    const { clock, attempts, limit, claimed } = await opened()
    const one = limit(2)
    expect(await claimed(one)).toBe('allowed')
    clock.move(40)
    expect(await claimed(one)).toBe('allowed')
    expect(await attempts.claim([one])).toEqual({ outcome: 'full', key: one.key, retryAfter: 60 })
    clock.move(55)
    expect(await attempts.claim([one])).toEqual({ outcome: 'full', key: one.key, retryAfter: 5 })
    clock.move(5)
    expect(await claimed(one)).toBe('allowed')
  })

  test('a counter that allows nothing is full from the start', async () => {
    const { attempts, limit } = await opened()
    const none = limit(0)
    expect(await attempts.claim([none])).toEqual({ outcome: 'full', key: none.key, retryAfter: 100 })
  })

  test('no limits are no hindrance', async () => {
    const { claimed } = await opened()
    expect(await claimed()).toBe('allowed')
  })

  test('the first full counter is named, and the others are given back', async () => {
    const { attempts, limit, claimed } = await opened()
    const before = limit(2)
    const full = limit(1)
    const after = limit(2)
    await claimed(full)
    for (let round = 0; round < 5; round++) {
      expect(await attempts.claim([before, full, after])).toMatchObject({ outcome: 'full', key: full.key })
    }
    expect(await claimed(before, after)).toBe('allowed')
    expect(await claimed(before, after)).toBe('allowed')
    expect(await attempts.claim([after, before])).toMatchObject({ outcome: 'full', key: after.key })
  })

  test('what was given back does not start a window', async () => {
    const { clock, limit, claimed } = await opened()
    const one = limit(1)
    const full = limit(0)
    await claimed(one, full)
    clock.move(60)
    expect(await claimed(one)).toBe('allowed')
    clock.move(60)
    expect(await claimed(one)).toBe('full')
  })

  test('nor does what was refunded', async () => {
    const { clock, attempts, limit, claimed } = await opened()
    const one = limit(1)
    await claimed(one)
    await attempts.refund([one])
    clock.move(60)
    expect(await claimed(one)).toBe('allowed')
    clock.move(60)
    expect(await claimed(one)).toBe('full')
  })

  test('a right guess is taken back, and no counter goes below nothing', async () => {
    const { attempts, limit, claimed } = await opened()
    const one = limit(1)
    await attempts.refund([one])
    expect(await claimed(one)).toBe('allowed')
    await attempts.refund([one])
    await attempts.refund([one])
    expect(await claimed(one)).toBe('allowed')
    expect(await claimed(one)).toBe('full')
  })

  test('a refund leaves the window where it is', async () => {
    const { clock, attempts, limit, claimed } = await opened()
    const one = limit(2)
    await claimed(one)
    await claimed(one)
    clock.move(60)
    await attempts.refund([one])
    expect(await claimed(one)).toBe('allowed')
    expect(await attempts.claim([one])).toMatchObject({ outcome: 'full', retryAfter: 40 })
  })

  test('a forgotten counter starts anew', async () => {
    const { attempts, limit, claimed } = await opened()
    const one = limit(1)
    await claimed(one)
    await attempts.end(one.key)
    expect(await claimed(one)).toBe('allowed')
    await attempts.end('unknown')
  })

  test('of 100 attempts at once exactly as many pass as the limit allows', async () => {
    const { limit, claimed } = await opened()
    const account = limit(10)
    const address = limit(1000)
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => claimed(address, account)))
    expect(outcomes.filter((outcome) => outcome === 'allowed')).toHaveLength(10)
    const rest = await Promise.all(Array.from({ length: 1000 }, () => claimed(address)))
    expect(rest.filter((outcome) => outcome === 'allowed')).toHaveLength(990)
  })
})
