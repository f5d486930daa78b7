import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, openLab } from '#bench/faults/lab/lab.ts'
import { type PostgresNode, startPostgresNode, whyNoPostgresServer } from '#bench/faults/lab/postgres-node.ts'
import { openTcpProxy } from '#bench/faults/lab/tcp-proxy.ts'
import { parseDatabaseUrl } from '#stores/prisma/database-url.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import { openMigrationSession } from '#stores/prisma/migration-session.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import type { DurableStores } from '#stores/stores.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'
import { aFamily, anEnd, aSession, aUser, noon } from './samples.ts'

/** Milliseconds in which a call settles, whatever happens: 1.8 s, and what a busy machine adds. */
const settled = 2500
/** Milliseconds after which the stores answer again without a restart. */
const healed = 5000

/** Milliseconds in which a migration has noticed that nobody answers: 5 s, and what a busy machine adds. */
const silence = 9000

/** One call of each way to the database: a look, a statement, a transaction, a shared commit. */
function calls({ users, facts, consents }: DurableStores, id: string): readonly Promise<unknown>[] {
  return [
    users.find('usr_1'),
    users.end('nobody'),
    consents.put({ userId: id, clientId: 'shop', scopes: new Set(['openid']), givenAt: noon }),
    facts.beginSession(aSession({ id })),
    facts.beginFamily(aFamily({ id })),
    facts.put(anEnd({ id: `${id}-ended` })),
  ]
}

async function expectUnavailable(work: Promise<unknown>): Promise<void> {
  const watch = aStopwatch()
  await expect(work).rejects.toMatchObject({ name: 'Unavailable', retryAfter: expect.any(Number) })
  expect(watch.milliseconds()).toBeLessThan(settled)
}

async function expectHealed(stores: DurableStores): Promise<void> {
  const deadline = performance.now() + healed
  for (;;) {
    const id = `healed-${performance.now()}`
    const outcomes = await Promise.allSettled(calls(stores, id))
    if (outcomes.every(({ status }) => status === 'fulfilled')) return
    if (performance.now() > deadline) throw new Error('not healed', { cause: outcomes })
    await wait(50)
  }
}

const whyNot = whyNoPostgresServer()

describe.skipIf(whyNot)(`PostgreSQL in trouble${whyNot ? ` (${whyNot})` : ''}`, () => {
  let lab: Lab
  let postgres: PostgresNode
  const opened: DurableStores[] = []
  beforeAll(async () => {
    lab = openLab()
    postgres = await startPostgresNode(lab)
    await migrate(postgres.url)
  }, 60_000)
  afterAll(() => lab.close(), 60_000)
  afterEach(async () => {
    for (const stores of opened.splice(0)) await stores.close()
  })

  async function open(url: string = postgres.url): Promise<DurableStores> {
    const stores = await openPrismaStores({ url })
    opened.push(stores)
    return stores
  }

  test('stores open while it is away, and answer when it is there', async () => {
    await postgres.stop()
    const stores = await open()
    await Promise.all(calls(stores, 'early').map(expectUnavailable))
    await postgres.start()
    await expectHealed(stores)
  })

  for (const how of ['stop', 'kill'] as const) {
    test(`${how}: every call says so in time, and what was kept is there when it is back`, async () => {
      const stores = await open()
      await expectHealed(stores)
      await stores.facts.put(anEnd({ id: `before-${how}` }))
      await postgres[how]()
      await Promise.all(calls(stores, how).map(expectUnavailable))
      await expectUnavailable(stores.check())
      await postgres.start()
      await expectHealed(stores)
      const pending = (await stores.facts.listPending(1000)).map(({ id }) => id)
      expect(pending).toContain(`before-${how}`)
    })
  }

  test('frozen: every call says so in time, nothing hangs, and it answers again when it goes on', async () => {
    const stores = await open()
    await expectHealed(stores)
    postgres.freeze(true)
    try {
      await Promise.all(calls(stores, 'frozen').map(expectUnavailable))
      await Promise.all(calls(stores, 'frozen again').map(expectUnavailable))
    } finally {
      postgres.freeze(false)
    }
    await expectHealed(stores)
  })

  test('frozen: who comes when too many wait is told at once', async () => {
    const stores = await open()
    await expectHealed(stores)
    postgres.freeze(true)
    try {
      const crowd = Promise.allSettled(Array.from({ length: 1010 }, () => stores.users.find('usr_1')))
      const watch = aStopwatch()
      await expect(stores.users.find('usr_1')).rejects.toMatchObject({ name: 'Unavailable' })
      // Below any time-out: so it was no time-out.
      expect(watch.milliseconds()).toBeLessThan(1000)
      expect((await crowd).every(({ status }) => status === 'rejected')).toBe(true)
    } finally {
      postgres.freeze(false)
    }
    await expectHealed(stores)
  })

  test('its connections cut: the next calls open new ones', async () => {
    const stores = await open()
    await expectHealed(stores)
    for (let times = 0; times < 3; times++) {
      await postgres.cutConnections()
      await expectHealed(stores)
    }
  })

  test('a locked table: who needs it is told in time, all others go on', async () => {
    const stores = await open()
    const unlock = await postgres.lockTable('FamilyFact')
    await expectUnavailable(stores.facts.beginFamily(aFamily({ id: 'locked out' })))
    await expectUnavailable(stores.facts.findFamily('a'))
    expect(await stores.users.begin(aUser({ sub: 'meanwhile', username: 'meanwhile' }))).toBe('begun')
    await unlock()
    await expectHealed(stores)
  })

  test('read-only: every call says so, and all goes on when it can be written to', async () => {
    const stores = await open()
    await expectHealed(stores)
    await postgres.readOnly(true)
    try {
      await expect.poll(() => stores.facts.put(anEnd({ id: 'ro' })).catch((error) => error.name)).toBe('Unavailable')
      await Promise.all(calls(stores, 'read-only').map(expectUnavailable))
    } finally {
      await postgres.readOnly(false)
    }
    await expectHealed(stores)
  })

  test('silent in the middle of a migration: it says so, and says good-bye, in seconds', async () => {
    // One with something to do: who has nothing waits for nobody.
    await postgres.query('CREATE DATABASE fresh')
    const direct = new URL(postgres.url.replace(/signet$/, 'fresh'))
    const holder = await openMigrationSession(parseDatabaseUrl(direct.href))
    const proxy = await openTcpProxy(lab, Number(direct.port))
    direct.port = String(proxy.port)
    await holder.begin()
    const migrated = expect(migrate(direct.href)).rejects.toMatchObject({ name: 'Unavailable' })
    const waits = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
    await expect.poll(() => holder.rows(waits), { interval: 10 }).toHaveLength(1)
    proxy.freeze(true)
    const watch = aStopwatch()
    await migrated
    expect(watch.milliseconds()).toBeLessThan(silence)
    await holder.close()
    proxy.freeze(false)

    const session = await openMigrationSession(parseDatabaseUrl(direct.href))
    proxy.freeze(true)
    const leaving = aStopwatch()
    await session.close()
    expect(leaving.milliseconds()).toBeLessThan(settled)
    proxy.freeze(false)
  }, 60_000)

  test('of several servers each has its turn within one call, though the first takes long to be away', async () => {
    const slow = createServer((socket) => void setTimeout(() => socket.destroy(), 1000)).listen(0, '127.0.0.1')
    await once(slow, 'listening')
    const address = slow.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const { host } = new URL(postgres.url)
    const url = postgres.url.replace(host, `127.0.0.1:${port},${host}`)
    const stores = await openPrismaStores({ url, statementTimeout: 10 })
    opened.push(stores)
    expect(await stores.users.find('nobody')).toBeUndefined()
    slow.close()
  })

  test('of several servers the one that can be written to is used, and found again after a fail-over', async () => {
    const other = await startPostgresNode(lab)
    await migrate(other.url)
    const [one, two] = [new URL(postgres.url), new URL(other.url)]
    const stores = await open(`postgresql://signet:lab@127.0.0.1:1,${one.host},${two.host}/signet`)
    const writes = async (id: string) => {
      await expect
        .poll(() => stores.facts.put(anEnd({ id })).catch(() => 'not yet'), { timeout: healed })
        .toBeUndefined()
    }
    const has = async ({ query }: PostgresNode, id: string) =>
      (await query('SELECT 1 FROM "End" WHERE "id" = $1', [id])).length > 0
    await writes('first')
    expect(await has(postgres, 'first')).toBe(true)
    await postgres.readOnly(true)
    await writes('second')
    expect(await has(other, 'second')).toBe(true)
    await postgres.readOnly(false)
    await other.kill()
    await writes('third')
    expect(await has(postgres, 'third')).toBe(true)
  }, 60_000)
})
