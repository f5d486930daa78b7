import { expect, test } from 'vitest'
import { announcer } from '#core/logout/announce.ts'
import type { End } from '#core/tokens/fact-store.ts'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'
import { aClient, aFamily, anEnd, aSession } from '#test/stores/durable/samples.ts'

const backchannelLogout = { uri: 'https://shop.example/logout', sessionRequired: false }

/** Sessions that have each reached `shop`, which wants to be told, and `news`, which does not. */
async function reached(...sessions: Parameters<typeof aSession>[0][]) {
  const stores = openMemoryDurableStores()
  await stores.clients.begin(aClient({ backchannelLogout }))
  await stores.clients.begin(aClient({ id: 'news' }))
  for (const session of sessions) {
    const { id, userId } = aSession(session)
    await stores.facts.beginSession(aSession(session))
    for (const clientId of ['shop', 'news', 'gone'])
      await stores.facts.beginFamily(aFamily({ id: `${id} ${clientId}`, clientId, userId, sessionId: id }))
  }
  let woken = 0
  const announce = announcer({ ...stores, wake: () => woken++ })
  const told = async () =>
    (await stores.notices.list({ most: 9999 })).map(({ sid, clientId }) => `${sid} ${clientId}`).sort()
  return { stores, announce, told, woken: () => woken }
}

test.for<[Partial<End>, string[]]>([
  [{ kind: 'session', id: 'a' }, ['a shop']],
  [{ kind: 'user', id: 'usr_1', version: 9 }, ['a shop', 'c shop']],
  [{ kind: 'everything', id: '', version: 9 }, ['a shop', 'b shop', 'c shop']],
  [{ kind: 'client', id: 'shop', version: 1 }, []],
  [{ kind: 'family', id: 'a shop' }, []],
  [{ kind: 'token', id: 'a' }, []],
])('the end of %o is told to the apps of the sessions that it ended', async ([end, notices]) => {
  const { announce, told, woken } = await reached({ id: 'a' }, { id: 'b', userId: 'usr_2' }, { id: 'c' })
  await announce(anEnd(end))
  expect(await told()).toEqual(notices)
  expect(woken()).toBe(notices.length > 0 ? 1 : 0)
})

test('told again, after a crash perhaps, it stays with one notice', async () => {
  const { announce, told, stores } = await reached({ id: 'a' })
  const end = anEnd({ kind: 'session', id: 'a' })
  await announce(end)
  const [notice] = await stores.notices.list({ most: 1 })
  if (notice) await stores.notices.end(notice, { deliveredAt: end.at })
  await announce({ ...end, at: end.until })
  expect(await told()).toEqual(['a shop'])
  expect((await stores.notices.count()).waiting).toBe(0)
})

test('a thousand sessions that end together are all told of', async () => {
  const { announce, told } = await reached(...Array.from({ length: 1000 }, (_, n) => ({ id: `${n}` })))
  await announce(anEnd({ kind: 'everything', id: '', version: 9 }))
  expect(await told()).toHaveLength(1000)
})
