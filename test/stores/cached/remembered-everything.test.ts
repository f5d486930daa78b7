import { expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { rememberedEverything } from '#stores/cached/remembered-everything.ts'
import { openMemoryStores } from '#stores/memory/open-memory-stores.ts'
import { testClock } from '#test/support/clock.ts'

/** Marks over a store whose version a test sets, or takes away. */
function marks() {
  const { revocations } = openMemoryStores({ clock: testClock(), sessionIdle: 60 })
  let answer: () => Promise<number> = async () => 0
  const remembered = rememberedEverything({ ...revocations, everything: () => answer() })
  return {
    everything: () => remembered.everything('remembered'),
    inForce: () => remembered.everything(),
    answers: (how: () => Promise<number>) => {
      answer = how
    },
  }
}

test('the version in force while the store answers, the last one known while it does not', async () => {
  const { everything, answers } = marks()
  answers(async () => 3)
  expect(await everything()).toBe(3)
  answers(async () => 4)
  expect(await everything()).toBe(4)
  answers(() => Promise.reject(new Unavailable('away')))
  expect(await everything()).toBe(4)
  answers(() => new Promise(() => undefined))
  expect(await everything()).toBe(4)
})

test('nothing is made up: not before it was known, and not over a bug', async () => {
  const { everything, answers } = marks()
  answers(() => Promise.reject(new Unavailable('away')))
  await expect(everything()).rejects.toThrow(Unavailable)
  answers(async () => 1)
  await everything()
  answers(() => Promise.reject(new TypeError('a bug')))
  await expect(everything()).rejects.toThrow(TypeError)
})

test('a sign-in waits for the version in force: under the one from before it would be dead on arrival', async () => {
  const { everything, inForce, answers } = marks()
  answers(async () => 3)
  expect(await everything()).toBe(3)
  const slow = Promise.withResolvers<number>()
  answers(() => slow.promise)
  const asked = inForce()
  // The same slowness, and longer than it: by now the one from before has been answered.
  expect(await everything()).toBe(3)
  slow.resolve(4)
  expect(await asked).toBe(4)
  answers(() => Promise.reject(new Unavailable('away')))
  await expect(inForce()).rejects.toThrow(Unavailable)
})
