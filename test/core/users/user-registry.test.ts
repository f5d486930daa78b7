import { expect, test } from 'vitest'
import { openAudit } from '#core/audit/audit.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { userRegistry } from '#core/users/user-registry.ts'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'
import { testClock } from '#test/support/clock.ts'

const actor = 'operator:test'

async function opened() {
  const clock = testClock()
  const stores = openMemoryDurableStores()
  const audit = openAudit({ store: stores.audit, clock })
  const ended: number[] = []
  const endings = { user: async ({ tokenVersion }: { tokenVersion: number }) => void ended.push(tokenVersion) }
  const parts = { ...stores, endings, audit, clock }
  const { sub } = await userRegistry(parts).create({ username: 'ada' }, undefined, actor)
  return { parts, ended, sub, find: () => stores.users.find(sub) }
}

test('what is older has ended before the record says so: a change that dies on its way leaves nobody signed in', async () => {
  const { parts, ended, sub, find } = await opened()
  const put = () => Promise.reject(new Unavailable('the database is away'))
  const registry = userRegistry({ ...parts, users: { ...parts.users, put } })
  await expect(registry.disable(sub, actor)).rejects.toBeInstanceOf(Unavailable)
  expect({ ended, enabled: (await find())?.enabled }).toEqual({ ended: [1], enabled: true })

  await userRegistry(parts).disable(sub, actor)
  expect({ ended, user: await find() }).toMatchObject({ ended: [1, 1], user: { enabled: false, tokenVersion: 1 } })
})

test('whoever loses a race to change a person still ends all that is older than the record', async () => {
  const { parts, ended, sub, find } = await opened()
  const registry = userRegistry(parts)
  await Promise.all([registry.signOut(sub, actor), registry.disable(sub, actor)])
  expect((await find())?.tokenVersion).toBe(2)
  expect(Math.max(...ended)).toBe(2)
})

test('nobody is ended who is not there', async () => {
  const { parts, ended } = await opened()
  await expect(userRegistry(parts).disable('usr_nobody', actor)).rejects.toMatchObject({ name: 'Rejection' })
  expect(ended).toEqual([])
})
