import { expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { allowedOrigins } from '#server/backchannel/allowed-origins.ts'
import { cachedStores } from '#stores/cached/cached-stores.ts'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'
import { testClock } from '#test/support/clock.ts'
import { aBus } from '../../stores/cached/a-bus.ts'
import { aClient } from '../../stores/durable/samples.ts'

/** The question over clients that a test takes away; with `told`, another machine tells of what it changes. */
async function aQuestion({ told = false } = {}) {
  const clock = testClock()
  const bus = aBus()
  const durable = openMemoryDurableStores()
  const there = cachedStores(durable, bus.join(), clock).clients
  const { clients, clientChanges } = cachedStores(durable, bus.join(), clock)
  await there.begin(aClient({ redirectUris: ['https://shop.example/callback', 'app.shop:/callback'] }))
  let reads = 0
  let listAfter = clients.listAfter
  const counted: typeof listAfter = (id, most) => {
    if (id === '') reads++
    return listAfter(id, most)
  }
  const parts = { clients: { listAfter: counted }, clock, ...(told && { clientChanges }) }
  return {
    isAllowed: allowedOrigins(parts, ['https://listed.example']),
    clock,
    bus,
    there,
    reads: () => reads,
    away: () => {
      listAfter = () => Promise.reject(new Unavailable('away'))
    },
    hang: () => {
      listAfter = () => new Promise(() => undefined)
    },
    /** Every read takes so many seconds. */
    slow: (seconds: number) => {
      listAfter = (id, most) => {
        clock.move(seconds)
        return clients.listAfter(id, most)
      }
    },
  }
}

const anApp = (name: string) => aClient({ id: name, name, redirectUris: [`https://${name}.example/callback`] })

test('an app in the browser is let in by its redirect URI or by the list, and nobody else', async () => {
  const { isAllowed } = await aQuestion()
  expect(await isAllowed('https://shop.example')).toBe(true)
  expect(await isAllowed('https://listed.example')).toBe(true)
  expect(await isAllowed('https://elsewhere.example')).toBe(false)
})

test('however many clients there are, each of their origins is known', async () => {
  const { isAllowed, there } = await aQuestion()
  for (let n = 0; n < 1200; n++) await there.begin(anApp(`app-${n}`))
  for (const n of [0, 600, 1199]) expect(await isAllowed(`https://app-${n}.example`)).toBe(true)
})

test('a stranger who asks all the time has the clients read no more often than they change', async () => {
  const { isAllowed, clock, bus, there, reads } = await aQuestion({ told: true })
  const ask = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await Promise.all(['a', 'b', 'c'].map((name) => isAllowed(`https://${name}.stranger.example`)))
      clock.move(1)
    }
    return reads()
  }
  expect(await ask(20)).toBe(1)
  await there.begin(anApp('new'))
  expect(await isAllowed('https://new.example')).toBe(true)
  await ask(10)
  await there.end('new')
  expect(await isAllowed('https://new.example')).toBe(false)
  expect(await ask(20)).toBe(3)
  // A message may be lost, and nobody knows.
  expect(await ask(15)).toBe(4)
  // While messages are known to be lost, as where there is nobody to tell.
  bus.cut()
  expect(await ask(20)).toBeLessThanOrEqual(4 + 5)
  expect(reads()).toBeGreaterThanOrEqual(4 + 3)
})

test('reading very many clients takes a small part of the time, though all change all the time', async () => {
  const { isAllowed, clock, there, reads, slow } = await aQuestion({ told: true })
  slow(0.2)
  await isAllowed('https://stranger.example')
  for (let n = 0; n < 4; n++) {
    await there.begin(anApp(`app-${n}`))
    await isAllowed('https://stranger.example')
    clock.move(1)
  }
  expect(reads()).toBe(1)
  clock.move(6)
  // Whoever asks while it is read may be told what was known before.
  await expect.poll(() => isAllowed('https://app-3.example')).toBe(true)
  expect(reads()).toBe(2)
})

test.for(['away', 'hang'] as const)('while the database is gone (%s) whoever was let in is let in', async (how) => {
  const question = await aQuestion()
  await question.isAllowed('https://shop.example')
  question.clock.move(5)
  question[how]()
  for (const _ of [1, 2]) {
    expect(await question.isAllowed('https://shop.example')).toBe(true)
    expect(await question.isAllowed('https://elsewhere.example')).toBe(false)
  }
})

test('where nothing is known yet nobody is refused, but told to come back', async () => {
  const { isAllowed, away } = await aQuestion()
  away()
  await expect(isAllowed('https://shop.example')).rejects.toThrow(Unavailable)
  expect(await isAllowed('https://listed.example')).toBe(true)
})
