import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { oneWhileAway } from '#stores/prisma/one-while-away.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import { aRawServer } from '#test/support/outside-servers.ts'

const silent = await aRawServer(() => {})
afterAll(() => silent.close())

test('while it is away all who ask share one attempt, and its failure', async () => {
  const away = oneWhileAway()
  const attempts: PromiseWithResolvers<string>[] = []
  const open = () => {
    const attempt = Promise.withResolvers<string>()
    attempts.push(attempt)
    return attempt.promise
  }
  away.note(true)
  const asked = Promise.allSettled([away.open(open), away.open(open), away.open(open)])
  expect(attempts).toHaveLength(1)
  attempts[0]?.reject(new Error('away'))
  expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])

  const later = Promise.all([away.open(open), away.open(open), away.open(open)])
  expect(attempts).toHaveLength(2)
  away.note(false)
  attempts[1]?.resolve('one')
  await expect.poll(() => attempts.length).toBe(4)
  attempts[2]?.resolve('two')
  attempts[3]?.resolve('three')
  expect(await later).toEqual(['one', 'two', 'three'])

  const free = Promise.all([away.open(open), away.open(open)])
  expect(attempts).toHaveLength(6)
  for (const attempt of attempts) attempt.resolve('there')
  expect(await free).toEqual(['there', 'there'])
})

test('a server that is silent is not flooded with connections that nobody waits for any more', async () => {
  const stores = await openPrismaStores({ url: `postgresql://signet@127.0.0.1:${silent.port}/signet` })
  const calls: Promise<unknown>[] = []
  for (let ask = 0; ask < 240; ask++) {
    calls.push(stores.users.find('usr_1').catch((error) => error.name))
    await wait(25)
  }
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['Unavailable']))
  // Ten at first, as many as there may be, and ten that waited for one of those; then one in a second.
  expect(silent.connections()).toBeLessThan(40)
  await stores.close()
})
