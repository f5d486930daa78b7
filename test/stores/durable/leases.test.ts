import { expect, test } from 'vitest'
import { describeEach } from './implementations.ts'
import { seconds } from './samples.ts'

const dates = (now: number, until: number) => ({ now: seconds(now), until: seconds(until) })

describeEach('leases', (open) => {
  test('one holder has it until it ends, and may keep it', async () => {
    const { leases } = await open()
    expect(await leases.claim('purge', 'a', dates(0, 30))).toBe(true)
    expect(await leases.claim('purge', 'b', dates(29.999, 60))).toBe(false)
    expect(await leases.claim('other', 'b', dates(0, 30))).toBe(true)
    expect(await leases.claim('purge', 'a', dates(20, 50))).toBe(true)
    expect(await leases.claim('purge', 'b', dates(30, 60))).toBe(false)
    expect(await leases.claim('purge', 'b', dates(50, 80))).toBe(true)
    expect(await leases.claim('purge', 'a', dates(51, 81))).toBe(false)
  })

  test('who has it gives it back, and nobody else does', async () => {
    const { leases } = await open()
    await leases.claim('purge', 'a', dates(0, 30))
    await leases.end('purge', 'b')
    expect(await leases.claim('purge', 'b', dates(1, 30))).toBe(false)
    await leases.end('purge', 'a')
    await leases.end('purge', 'a')
    expect(await leases.claim('purge', 'b', dates(1, 30))).toBe(true)
  })

  test('of 20 who want it at once one has it, free or left behind by a holder who died', async () => {
    const { leases } = await open()
    for (const [round, now] of [0, 61].entries()) {
      const wishes = Array.from({ length: 20 }, (_, n) => leases.claim('purge', `${round}-${n}`, dates(now, now + 60)))
      expect((await Promise.all(wishes)).filter((won) => won)).toHaveLength(1)
    }
  })
})
