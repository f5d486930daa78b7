import { argon2id, hash } from 'argon2'
import { expect, test } from 'vitest'
import { Overloaded } from '#core/oauth/error.ts'
import { openPasswords } from '#core/users/password.ts'

test('who has waited twice as long as the queue allows is let go, however long a hash really takes', async () => {
  const slow = await hash('right', { type: argon2id, memoryCost: 19_456, timeCost: 40, parallelism: 1 })
  let refused = 0
  const taken: number[] = []
  const passwords = openPasswords({
    concurrency: 1,
    queue: 1,
    refused: () => {
      refused += 1
    },
    taken: (seconds) => void taken.push(seconds),
  })
  const all = await Promise.allSettled(Array.from({ length: 30 }, () => passwords.verify('right', slow)))

  const served = all.filter((one) => one.status === 'fulfilled')
  const reasons = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(served.length).toBeGreaterThan(0)
  expect(served.every(({ value }) => value)).toBe(true)
  expect(reasons.every((reason) => reason instanceof Overloaded)).toBe(true)
  expect(reasons.length).toBe(refused)
  expect(taken.length).toBe(served.length)
  expect(Math.max(...taken)).toBeLessThan(2 + 3 * (taken[0] ?? 0))
  expect(refused).toBeGreaterThan(0)
  expect(passwords.load()).toMatchObject({ waiting: 0, running: 0 })
  expect(await passwords.verify('right', undefined)).toBe(false)
})
