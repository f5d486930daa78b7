import { expect, test } from 'vitest'
import { everythingEnds, reachOfEverything } from '#cli/end-everything.ts'
import { raiseVersions } from '#cli/raise-versions.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { RevocationStore } from '#core/tokens/revocation-store.ts'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'
import { testClock } from '#test/support/clock.ts'
import { aClient, aUser } from '../stores/durable/samples.ts'

/** Marks that know some versions of people and clients, and none of everything. */
function marksOf(seen: { readonly [id: string]: number }): RevocationStore {
  return {
    add: async () => undefined,
    has: async ({ userId, clientId, versions }) =>
      userId === undefined ? versions.client < (seen[clientId] ?? 0) : versions.user < (seen[userId] ?? 0),
    everything: async () => 0,
  }
}

/** Stores that refuse to list everybody at once. */
function manyStores() {
  const stores = openMemoryDurableStores()
  const list = () => Promise.reject(new Error('that many do not fit'))
  return { ...stores, users: { ...stores.users, list }, clients: { ...stores.clients, list } }
}

test('versions are raised a page at a time, however many people and clients there are', async () => {
  const stores = manyStores()
  const seen: { [id: string]: number } = {}
  for (let n = 0; n < 600; n++) {
    await stores.users.begin(aUser({ sub: `u${n}`, username: `n${n}` }))
    await stores.clients.begin(aClient({ id: `c${n}` }))
    if (n % 100 === 0) [seen[`u${n}`], seen[`c${n}`]] = [3, 2]
  }
  expect(await raiseVersions({ ...stores, revocations: marksOf(seen) })).toBe(12)
  for (const n of [0, 100, 500]) {
    expect((await stores.users.find(`u${n}`))?.tokenVersion).toBe(3)
    expect((await stores.clients.find(`c${n}`))?.tokenVersion).toBe(2)
  }
  expect((await stores.users.find('u1'))?.tokenVersion).toBe(0)
  expect(await raiseVersions({ ...stores, revocations: marksOf(seen) })).toBe(0)
})

test('somebody who is changed meanwhile is raised all the same, and who has gone is not counted', async () => {
  const stores = manyStores()
  for (const sub of ['changed', 'gone']) await stores.users.begin(aUser({ sub, username: sub }))
  await stores.clients.begin(aClient({ id: 'app' }))
  const once = new Set(['changed', 'gone', 'app'])
  const users = {
    ...stores.users,
    async put(user: Parameters<typeof stores.users.put>[0]) {
      if (once.delete(user.sub)) {
        if (user.sub === 'gone') await stores.users.end(user.sub)
        else await stores.users.put({ ...user, tokenVersion: 0, enabled: false })
      }
      return stores.users.put(user)
    },
  }
  const clients = {
    ...stores.clients,
    async put(client: Parameters<typeof stores.clients.put>[0]) {
      if (once.delete(client.id)) await stores.clients.put({ ...client, tokenVersion: 5 })
      return stores.clients.put(client)
    },
  }
  const revocations = marksOf({ changed: 2, gone: 2, app: 2 })
  expect(await raiseVersions({ ...stores, users, clients, revocations })).toBe(1)
  expect(await stores.users.find('changed')).toMatchObject({ tokenVersion: 2, enabled: false })
  expect((await stores.clients.find('app'))?.tokenVersion).toBe(5)
})

test('what nobody can count in time ends without a number', async () => {
  const clock = testClock()
  const away = { facts: { count: () => Promise.reject(new Unavailable('away')) } }
  const slow = { facts: { count: () => new Promise<never>(() => undefined) } }
  for (const stores of [away, slow]) expect(await reachOfEverything({ stores, clock }, 10)).toBeUndefined()
  expect(everythingEnds(undefined)).toMatch(/^Everything ends: every session and sign-in .* sign in again\.$/)
})
