import fc from 'fast-check'
import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import type { End } from '#core/tokens/fact-store.ts'
import { chosenSeed } from '#test/faults/support/seeded.ts'
import { whyNoPrivateRedis } from '#test/support/redis.ts'
import { aWorld } from './redis-world.ts'

const whyNot = whyNoPrivateRedis()

const kinds = ['token', 'family', 'session', 'user', 'client', 'everything'] as const

/** Ends of few ids, so that they meet. */
const anEnd = fc.record({
  kind: fc.constantFrom(...kinds),
  number: fc.integer({ min: 0, max: 40 }),
  version: fc.integer({ min: 0, max: 5 }),
})

test.skipIf(whyNot)(`a rebuild leaves the records that one end after the other left${whyNot ?? ''}`, async () => {
  await using world = await aWorld()
  const process = await world.process()
  const now = world.clock.now()
  const seed = chosenSeed()
  for (const { kind, number, version } of fc.sample(anEnd, { numRuns: 500, seed })) {
    const hasVersion = ['user', 'client', 'everything'].includes(kind)
    // Of the same end twice SQL keeps the first date; an older version may have to be remembered for longer.
    const until = later(now, 1000 - (hasVersion ? 100 * version : number))
    const id = kind === 'everything' ? '' : `${kind}-${number}`
    await process.end({ kind, id, ...(hasVersion && { version }), until })
  }
  const before = await recordsOf(world)
  expect(Object.keys(before).length).toBeGreaterThan(100)
  await world.raw.flushall()
  for (const _ of ['first', 'second']) await process.beat()
  await process.attempt()
  expect(process.rebuilding()).toBe(0)
  expect(await recordsOf(world), `seed ${seed}`).toEqual(before)
})

test.skipIf(whyNot)('many ends of one bucket are one script', async () => {
  await using world = await aWorld()
  const process = await world.process()
  const until = later(world.clock.now(), 1000)
  const ids = Array.from({ length: 20_000 }, (_, number) => `fam_${number}`)
  const fact = { kind: 'family', version: undefined, reason: 'revoked_by_client', at: until, until } as const
  for (const id of ids) await world.database.facts.put({ ...fact, id } satisfies End)
  await world.raw.flushall()
  for (const _ of ['first', 'second']) await process.beat()
  const begun = await scriptCalls(world)
  await process.attempt()
  expect(process.rebuilding()).toBe(0)
  // For each bucket: one of every page, and what looks at it, shuts it, opens it and brings it up to date.
  expect((await scriptCalls(world)) - begun).toBeLessThan(256 * (20_000 / 5000 + 7))
  expect(await Promise.all(ids.slice(-3).map((id) => process.hasEnded('family', id)))).toEqual([true, true, true])
  expect(await world.raw.dbsize()).toBe(256 + ids.length)
})

type World = Awaited<ReturnType<typeof aWorld>>

/** Every record but for the epoch that it was written under, by key. */
async function recordsOf({ raw }: World): Promise<Readonly<Record<string, string>>> {
  const keys = (await raw.keys('*')).filter((key) => !key.endsWith(':bucket')).sort()
  const texts = await Promise.all(keys.map((key) => raw.get(key)))
  return Object.fromEntries(keys.map((key, at) => [key, (texts[at] ?? '').replace(/^(..)\w+/, '$1')]))
}

async function scriptCalls({ raw }: World): Promise<number> {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await raw.info('commandstats'))?.[1] ?? 0)
}
