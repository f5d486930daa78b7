import { expect, test } from 'vitest'
import { migrate } from '#stores/prisma/migrate.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import type { DurableStores } from '#stores/stores.ts'
import { describeDatabases, describeEach } from './implementations.ts'
import { aFamily, anEnd, anEvent, aSession, noon, seconds } from './samples.ts'

describeEach('the purge', (open) => {
  test('takes what is over, and nothing that is not', async () => {
    const { facts, audit, purge } = await open()
    for (const [id, at] of [
      ['old', seconds(-1)],
      ['new', noon],
    ] as const) {
      await facts.beginSession(aSession({ id, expiresAt: at }))
      await facts.beginFamily(aFamily({ id, expiresAt: at }))
      await audit.put([anEvent({ id, at })])
    }
    await purge({ audit: noon, facts: noon })
    expect(await facts.findSession('old')).toBeUndefined()
    expect(await facts.findFamily('old')).toBeUndefined()
    expect(await facts.findSession('new')).toBeDefined()
    expect(await facts.findFamily('new')).toBeDefined()
    expect((await audit.list({})).map((event) => event.id)).toEqual(['new'])
  })

  test('keeps an end until it is applied and its time is over', async () => {
    const { facts, purge } = await open()
    const end = anEnd({ until: seconds(60) })
    await facts.put(end)
    await purge({ audit: noon, facts: seconds(61) })
    expect(await facts.listPending(100)).toHaveLength(1)
    await facts.claim(end, seconds(61))
    // What is kept says no to a second one; what is gone lets it in.
    await purge({ audit: noon, facts: seconds(60) })
    await facts.put(end)
    expect(await facts.listPending(100)).toHaveLength(0)
    await purge({ audit: noon, facts: seconds(61) })
    await facts.put(end)
    expect(await facts.listPending(100)).toHaveLength(1)
  })

  test('does nothing once it is told to stop', async () => {
    const { facts, audit, purge } = await open()
    await facts.beginSession(aSession({ expiresAt: seconds(-1) }))
    await audit.put([anEvent({ at: seconds(-1) })])
    await purge({ audit: noon, facts: noon }, AbortSignal.abort())
    expect(await facts.findSession('session')).toBeDefined()
    expect(await audit.list({})).toHaveLength(1)
  })

  test('empties a long trail', async () => {
    const { audit, purge } = await open()
    await audit.put(Array.from({ length: 2500 }, (_, n) => anEvent({ id: `${n}` })))
    await purge({ audit: seconds(1), facts: noon })
    expect(await audit.list({})).toEqual([])
  })
})

const many = Array.from({ length: 300 }, (_, n) => `${n}`)
const old = seconds(-1)

type Kind = {
  keep(stores: DurableStores, id: string): Promise<void>
  count(stores: DurableStores): Promise<number>
}

/** How each kind is kept so that its time is over, and how many of them are there still. */
const kinds: { readonly [name: string]: Kind } = {
  session: {
    keep: ({ facts }, id) => facts.beginSession(aSession({ id, expiresAt: old })),
    count: async ({ facts }) => (await facts.listSessions('usr_1', seconds(-2))).length,
  },
  family: {
    keep: ({ facts }, id) => facts.beginFamily(aFamily({ id, expiresAt: old })),
    count: async ({ facts }) => (await facts.listFamilies({}, seconds(-2))).length,
  },
  end: {
    async keep({ facts }, id) {
      const end = anEnd({ kind: 'user', id, version: 1, until: old })
      await facts.put(end)
      await facts.claim(end, noon)
    },
    async count({ facts }) {
      const versions = await Promise.all(many.map((id) => facts.findVersion('user', id)))
      return versions.filter((version) => version > 0).length
    },
  },
  event: {
    keep: ({ audit }, id) => audit.put([anEvent({ id, at: old })]),
    count: async ({ audit }) => (await audit.list({})).length,
  },
}

/** A signal that says stop from the look on that comes after so many. */
function stopAfter(looks: number): AbortSignal {
  let left = looks
  const { signal } = new AbortController()
  Object.defineProperty(signal, 'aborted', { get: () => left-- <= 0 })
  return signal
}

describeDatabases('a purge of many', (openDatabase) => {
  test.for(Object.entries(kinds))('takes every %s, and stops within one batch', async ([, { keep, count }]) => {
    const url = await openDatabase()
    await migrate(url)
    const stores = await openPrismaStores({ url, statementTimeout: 15 })
    await Promise.all(many.map((id) => keep(stores, id)))
    const before = { audit: noon, facts: noon }
    let left = many.length
    for (let looks = 1; left === many.length; looks++) {
      await stores.purge(before, stopAfter(looks))
      left = await count(stores)
    }
    expect(left).toBeGreaterThan(0)
    await stores.purge(before)
    expect(await count(stores)).toBe(0)
    await stores.close()
  })
})
