import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { testClock } from '#test/support/clock.ts'
import { describeEach } from './implementations.ts'

describeEach('replays', (open) => {
  async function opened() {
    const clock = testClock()
    const { replays } = await open({ clock, sessionIdle: 600 })
    return { clock, replays, until: (seconds: number) => later(clock.now(), seconds) }
  }

  test('a key is claimed once until its date, and then it is over', async () => {
    const { clock, replays, until } = await opened()
    const [one, other] = [randomUUID(), randomUUID()]
    expect(await replays.claim(one, until(100))).toBe('claimed')
    expect(await replays.claim(one, until(100))).toBe('replayed')
    expect(await replays.claim(other, until(100))).toBe('claimed')
    clock.move(95)
    expect(await replays.claim(one, until(100))).toBe('replayed')
    clock.move(6)
    expect(await replays.claim(one, until(100))).toBe('claimed')
  })

  test('a later claim does not shorten or lengthen what is remembered', async () => {
    const { clock, replays, until } = await opened()
    const key = randomUUID()
    await replays.claim(key, until(100))
    await replays.claim(key, until(1000))
    await replays.claim(key, until(1))
    clock.move(90)
    expect(await replays.claim(key, until(100))).toBe('replayed')
    clock.move(15)
    expect(await replays.claim(key, until(100))).toBe('claimed')
  })

  test('of a hundred claims at once one is the first', async () => {
    const { replays, until } = await opened()
    const key = randomUUID()
    const all = await Promise.all(Array.from({ length: 100 }, () => replays.claim(key, until(100))))
    expect(all.filter((one) => one === 'claimed')).toHaveLength(1)
  })
})
