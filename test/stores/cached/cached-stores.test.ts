import { expect, test } from 'vitest'
import { newApi } from '#core/apis/new-api.ts'
import { newClient } from '#core/clients/new-client.ts'
import { cachedStores } from '#stores/cached/cached-stores.ts'
import { readChange, writeChange } from '#stores/cached/changes.ts'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'
import { testClock } from '#test/support/clock.ts'
import { aUser } from '../durable/samples.ts'
import { aBus } from './a-bus.ts'

/** Two machines over one database, which counts who asks it for what. */
function twoMachines() {
  const clock = testClock()
  const bus = aBus()
  const durable = openMemoryDurableStores()
  const asked: string[] = []
  const counted = <S extends object>(name: string, store: S): S =>
    new Proxy(store, {
      get(target, verb, receiver) {
        const value: unknown = Reflect.get(target, verb, receiver)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => {
          asked.push(`${name}.${String(verb)}`)
          return Reflect.apply(value, target, given)
        }
      },
    })
  const stores = {
    clients: counted('clients', durable.clients),
    users: counted('users', durable.users),
    apis: counted('apis', durable.apis),
  }
  const machine = () => cachedStores(stores, bus.join(), clock)
  return { clock, bus, asked, here: machine(), there: machine() }
}

const limits = { issuer: 'https://id.test', longestLifetime: 3600 }
const aClient = (id: string) =>
  newClient({ id, name: id, grantTypes: ['client_credentials'], scopes: ['a'] }, new Date()).client
const anApi = (audience: string) => newApi({ audience, scopes: new Map([['a', 'A']]) }, limits, new Date())

test('a change at one machine is seen at the other at once, whatever was changed', async () => {
  const { here, there } = twoMachines()
  await here.clients.begin(aClient('c'))
  await here.users.begin(aUser({ sub: 'u', username: 'u' }))
  await here.apis.begin(anApi('https://a.test'))
  const [client, user, api] = [
    await there.clients.find('c'),
    await there.users.find('u'),
    await there.apis.find('https://a.test'),
  ]
  await there.apis.list()
  if (!client || !user || !api) throw new Error('not begun')
  expect(await here.clients.put({ ...client, name: 'changed' })).toBe('stored')
  expect(await here.users.put({ ...user, enabled: false })).toBe('stored')
  expect(await here.apis.put({ ...api, lifetime: 60 })).toBe('stored')
  expect((await there.clients.find('c'))?.name).toBe('changed')
  expect((await there.users.find('u'))?.enabled).toBe(false)
  expect((await there.apis.find('https://a.test'))?.lifetime).toBe(60)
  expect((await there.apis.list()).map(({ lifetime }) => lifetime)).toEqual([60])
  await here.clients.end('c')
  await here.users.end('u')
  await here.apis.end('https://a.test')
  expect(await there.clients.find('c')).toBeUndefined()
  expect(await there.users.find('u')).toBeUndefined()
  expect(await there.apis.list()).toEqual([])
})

test('where the message is lost, within 30 seconds; where the connection is known to be cut, within one', async () => {
  const { here, there, bus, clock } = twoMachines()
  await here.clients.begin(aClient('c'))
  const rename = async (name: string) => {
    const client = await here.clients.find('c', 'now')
    if (client) await here.clients.put({ ...client, name })
  }
  const seen = async () => (await there.clients.find('c'))?.name
  await seen()
  bus.lose()
  await rename('one')
  expect(await seen()).toBe('c')
  clock.move(30)
  expect(await seen()).toBe('one')
  bus.cut()
  await rename('two')
  expect(await seen()).toBe('two')
  await rename('three')
  expect(await seen()).toBe('two')
  clock.move(1)
  expect(await seen()).toBe('three')
  await rename('four')
  bus.mend()
  expect(await seen()).toBe('four')
})

test('only ids and the list of APIs are remembered, and whoever is turned off is asked for every time', async () => {
  const { here, asked } = twoMachines()
  await here.clients.begin(aClient('c'))
  await here.clients.begin({ ...aClient('off'), enabled: false })
  await here.users.begin(aUser({ sub: 'u', username: 'u' }))
  asked.length = 0
  for (const _ of [1, 2]) {
    await here.clients.find('c')
    await here.clients.find('off')
    await here.clients.listPage('', 100)
    await here.users.find('u')
    await here.users.findByName('u')
    await here.users.listPage('', 100)
    await here.apis.list()
  }
  const count = Object.groupBy(asked, (call) => call)
  expect(Object.fromEntries(Object.entries(count).map(([call, calls]) => [call, calls?.length]))).toEqual({
    'clients.find': 3,
    'clients.listPage': 2,
    'users.find': 1,
    'users.findByName': 2,
    'users.listPage': 2,
    'apis.list': 1,
  })
})

test('a read that races the write of its own machine leaves no old record behind', async () => {
  const clock = testClock()
  const { clients, users, apis } = openMemoryDurableStores()
  await clients.begin(aClient('c'))
  const written = Promise.withResolvers<void>()
  const slow = {
    ...clients,
    async put(client: Parameters<typeof clients.put>[0]) {
      await written.promise
      return clients.put(client)
    },
  }
  // Nobody hears of it: the machine that writes forgets by itself.
  const bus = aBus()
  bus.lose()
  const here = cachedStores({ clients: slow, users, apis }, bus.join(), clock)
  const client = await here.clients.find('c')
  if (!client) throw new Error('not begun')
  const writing = here.clients.put({ ...client, name: 'new' })
  expect((await here.clients.find('c'))?.name).toBe('c')
  written.resolve()
  await writing
  expect((await here.clients.find('c'))?.name).toBe('new')
})

test('a write that failed is told of too: it may have been done all the same', async () => {
  const { clients, users, apis } = openMemoryDurableStores()
  const bus = aBus()
  const broken = { ...clients, put: () => Promise.reject(new Error('the answer was lost')) }
  const here = cachedStores({ clients: broken, users, apis }, bus.join(), testClock())
  await expect(here.clients.put(aClient('c'))).rejects.toThrow('the answer was lost')
  expect(bus.said).toEqual([{ kind: 'client', id: 'c' }])
})

test('a message is read as it was written, and one of a kind that is not known is nothing', () => {
  const change = { kind: 'api', id: 'https://a.test:8443/b' } as const
  expect(readChange(writeChange(change))).toEqual(change)
  expect(readChange('planet:earth')).toBeUndefined()
  expect(readChange('client')).toBeUndefined()
})
