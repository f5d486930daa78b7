import { expect, test } from 'vitest'
import { parseDatabaseUrl } from '#stores/prisma/database-url.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import { type MigrationSession, openMigrationSession } from '#stores/prisma/migration-session.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import type { DurableStores } from '#stores/stores.ts'
import { describeDatabases } from './implementations.ts'
import { aFamily, anEnd, anEvent, aSession, seconds } from './samples.ts'

/** Old lines of the trail, as many as are asked for. */
const addOldLines = (count: number) => `
  INSERT INTO "AuditEvent" ("id", "at", "event", "outcome", "actor", "userId", "clientId", "details")
  WITH RECURSIVE lines(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM lines WHERE n < ${count})
  SELECT 'old-' || n, '2020-01-01T00:00:00.000+00:00', 'sign_in.succeeded', 'success', 'user:' || n, 'usr_' || n, 'shop', '{}'
  FROM lines`

/** Milliseconds that a look and a birth take, again and again until told to stop: the middle one of each. */
async function medians({ users, facts }: DurableStores, name: string, isOver: () => boolean) {
  const [looks, births]: [number[], number[]] = [[], []]
  for (let n = 0; n < 20 || !isOver(); n++) {
    looks.push(await timed(() => users.find('usr_1')))
    births.push(await timed(() => facts.beginSession(aSession({ id: `${name}-${n}` }))))
    // SQLite answers without ever leaving the turn; a server has sockets to look after.
    await new Promise(setImmediate)
  }
  return { looks: median(looks), births: median(births) }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

function median(durations: readonly number[]): number {
  return durations.toSorted((one, other) => one - other)[Math.floor(durations.length / 2)] ?? 0
}

describeDatabases('a purge at length', (openDatabase, { name }) => {
  test('while 50,000 rows go nobody waits for it', { timeout: 120_000 }, async () => {
    const url = await openDatabase()
    await migrate(url)
    const session = await openMigrationSession(parseDatabaseUrl(url))
    await session.run(addOldLines(50_000))
    await session.close()
    const stores = await openPrismaStores({ url, statementTimeout: 15 })
    const quiet = await medians(stores, 'quiet', () => true)
    let isOver = false
    const purged = stores.purge({ audit: seconds(-1), facts: seconds(-1) }).finally(() => {
      isOver = true
    })
    const busy = await medians(stores, 'busy', () => isOver)
    await purged
    expect(await stores.audit.list({ most: 1 })).toEqual([])
    // Side by side: what a busy machine adds is in both.
    for (const kind of ['looks', 'births'] as const) expect(busy[kind]).toBeLessThan(quiet[kind] + 100)
    await stores.close()
  })

  test('under a steady load the database does not grow', { timeout: 120_000 }, async () => {
    const url = await openDatabase()
    await migrate(url)
    const stores = await openPrismaStores({ url, statementTimeout: 15 })
    const session = await openMigrationSession(parseDatabaseUrl(url))
    const sizes: number[] = []
    for (let month = 0; month < 10; month++) {
      await live(stores, month)
      await stores.purge({ audit: monthsOn(month - 1), facts: monthsOn(month) })
      sizes.push(await size(session, name))
    }
    // It grows until as much goes as comes; then what went makes room. Pages come and go a few at a time.
    const [early, late] = [Math.max(...sizes.slice(2, 6)), Math.max(...sizes.slice(6))]
    expect(late, `bytes by month: ${sizes.join(' ')}`).toBeLessThanOrEqual(early * 1.1)
    expect(await stores.facts.count(monthsOn(10))).toEqual({ sessions: 0, families: 0 })
    await session.close()
    await stores.close()
  })
})

const month = 30 * 24 * 60 * 60
const monthsOn = (count: number) => seconds(count * month)

/** A month of sign-ins, refreshes and sign-outs. */
async function live({ facts, audit }: DurableStores, count: number): Promise<void> {
  const at = monthsOn(count)
  const until = monthsOn(count + 1)
  const ids = Array.from({ length: 300 }, (_, n) => `${count}-${n}-${'x'.repeat(20)}`)
  await Promise.all(
    ids.map(async (id) => {
      const end = anEnd({ kind: 'session', id, at, until })
      await facts.beginSession(aSession({ id, createdAt: at, authTime: at, lastUsedAt: at, expiresAt: until }))
      await facts.beginFamily(aFamily({ id, sessionId: id, createdAt: at, expiresAt: until }))
      await facts.put(end)
      await facts.claim(end, at)
    }),
  )
  await facts.noteUses({ families: ids.map((id) => ({ id, generation: 9, rotatedAt: at })), sessions: [] })
  await audit.put(ids.map((id) => anEvent({ id, at, userId: id })))
}

/** Bytes of all tables and indexes; what is free in them counts, what PostgreSQL has not tidied yet does not. */
async function size(session: MigrationSession, name: string): Promise<number> {
  if (name === 'SQLite') {
    const [row] = await session.rows('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
    return Number(row?.bytes)
  }
  await session.run('VACUUM')
  const [row] = await session.rows(
    `SELECT sum(pg_total_relation_size(relid))::bigint AS bytes FROM pg_stat_user_tables`,
  )
  return Number(row?.bytes)
}
