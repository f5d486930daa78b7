import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { End } from '#core/tokens/fact-store.ts'
import { reconcile } from '#core/tokens/reconcile.ts'
import { memoryFacts } from '#stores/memory/durable-facts.ts'
import { openMemoryStores } from '#stores/memory/open-memory-stores.ts'
import { aFamily, aRevocable } from '#test/stores/fast/samples.ts'
import { testClock } from '#test/support/clock.ts'

async function opened() {
  const clock = testClock()
  const stores = openMemoryStores({ clock, sessionIdle: 600 })
  const facts = memoryFacts()
  const family = aFamily(clock.now())
  await stores.families.begin(family)
  const put = async (kind: End['kind'], id: string, version?: number) => {
    clock.move(1)
    const until = later(clock.now(), 600)
    await facts.put({ kind, id, version, reason: 'revoked_by_operator', at: clock.now(), until })
  }
  const has = (changes = {}) =>
    stores.revocations.has(aRevocable({ ...changes, versions: { user: 1, client: 1, everything: 1 } }))
  return { clock, stores, facts, family, put, has, parts: { ...stores, facts, announce: async () => {}, clock } }
}

test('every kind of end that the fast store was not told of is told, and noted', async () => {
  const { clock, stores, facts, family, put, has, parts } = await opened()
  await put('family', family.id)
  await put('session', 'ses_1')
  await put('token', 'jti_1')
  await put('user', 'usr_1', 2)
  await put('client', 'app', 2)
  expect(await reconcile(parts, 100)).toEqual({ applied: 5, failures: [] })
  expect(await facts.listPending(9)).toEqual([])
  expect(await stores.families.find(family.id)).toBeUndefined()
  for (const ended of [{ sessionId: 'ses_1' }, { jti: 'jti_1' }, { userId: 'usr_1' }, { clientId: 'app' }])
    expect(await has(ended), JSON.stringify(ended)).toBe(true)
  expect(await has()).toBe(false)
  await put('everything', '', 2)
  await reconcile(parts, 100)
  expect(await has()).toBe(true)
  clock.move(601)
  expect(await has()).toBe(false)
})

test('one that fails stays pending and does not stop the others', async () => {
  const { stores, facts, put, has, parts } = await opened()
  await put('session', 'ses_1')
  await put('token', 'jti_1')
  const away = new Unavailable('away')
  const sessions = { ...stores.sessions, end: () => Promise.reject(away) }
  expect(await reconcile({ ...parts, sessions }, 100)).toEqual({ applied: 1, failures: [away] })
  expect((await facts.listPending(9)).map(({ id }) => id)).toEqual(['ses_1'])
  expect(await has({ jti: 'jti_1' })).toBe(true)
  expect(await reconcile(parts, 100)).toEqual({ applied: 1, failures: [] })
})

test('one that cannot be noted is told again, which is harmless', async () => {
  const { facts, put, has, parts } = await opened()
  await put('token', 'jti_1')
  const claim = () => Promise.reject(new Unavailable('away'))
  expect((await reconcile({ ...parts, facts: { ...facts, claim } }, 100)).failures).toHaveLength(1)
  expect(await has({ jti: 'jti_1' })).toBe(true)
  expect(await reconcile(parts, 100)).toEqual({ applied: 1, failures: [] })
})

test('who goes on after a page gets past those that fail', async () => {
  const { stores, put, has, parts } = await opened()
  for (const id of ['ses_1', 'ses_2', 'ses_3']) await put('session', id)
  for (const id of ['jti_1', 'jti_2']) await put('token', id)
  const sessions = { ...stores.sessions, end: () => Promise.reject(new Unavailable('away')) }
  const first = await reconcile({ ...parts, sessions }, 3)
  expect(first).toMatchObject({ applied: 0, next: { kind: 'session', id: 'ses_3' } })
  const second = await reconcile({ ...parts, sessions }, 3, first.next)
  expect(second).toEqual({ applied: 2, failures: [] })
  expect(await has({ jti: 'jti_2' })).toBe(true)
})

test('one that nobody answers keeps the others waiting no longer than itself', async () => {
  const { stores, put, has, parts } = await opened()
  await put('session', 'ses_1')
  await put('token', 'jti_1')
  const away = Promise.withResolvers<void>()
  const round = reconcile({ ...parts, sessions: { ...stores.sessions, end: () => away.promise } }, 100)
  await expect.poll(() => has({ jti: 'jti_1' })).toBe(true)
  away.resolve()
  expect(await round).toEqual({ applied: 2, failures: [] })
})

test('nothing more is begun once it is told to stop', async () => {
  const { facts, put, parts } = await opened()
  for (const id of ['a', 'b']) await put('token', id)
  expect((await reconcile({ ...parts, signal: AbortSignal.abort() }, 100)).applied).toBe(0)
  expect(await facts.listPending(9)).toHaveLength(2)
})

test('a round does no more than it may, the oldest first', async () => {
  const { facts, put, parts } = await opened()
  for (const id of ['a', 'b', 'c']) await put('token', id)
  expect((await reconcile(parts, 2)).applied).toBe(2)
  expect((await facts.listPending(9)).map(({ id }) => id)).toEqual(['c'])
})
