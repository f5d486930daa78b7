import { describe, expect, test } from 'vitest'
import { leftCloser } from '#stores/prisma/close-older.ts'
import { type Database, openDatabase as openOver } from '#stores/prisma/database.ts'
import { parseDatabaseUrl } from '#stores/prisma/database-url.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import { openMigrationSession } from '#stores/prisma/migration-session.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import { patienceOf } from '#stores/prisma/patience.ts'
import { openPrismaClient } from '#stores/prisma/prisma-client.ts'
import { describeDatabases } from './implementations.ts'
import { aFamily, anEnd, noon, seconds } from './samples.ts'

const everything = anEnd({ kind: 'everything', id: '', version: 7, reason: 'revoked_by_operator' })
const before = { audit: seconds(-1), facts: seconds(-1) }

/** Families that an end has not reached: whoever put it has died. */
const addOpen = (count: number) => `
  INSERT INTO "FamilyFact" ("id", "clientId", "userId", "sid", "scopes", "createdAt", "expiresAt")
  WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
  SELECT 'left-' || n, 'shop', 'usr_1', 'sid-' || n, '[]', '2026-03-01T12:00:00.000+00:00', '2026-03-02T12:00:00.000+00:00'
  FROM numbers`

/** A signal that says stop from the look on that comes after so many. */
function stopAfter(looks: number): AbortSignal {
  let left = looks
  const { signal } = new AbortController()
  Object.defineProperty(signal, 'aborted', { get: () => left-- <= 0 })
  return signal
}

describeDatabases('what an end by version reaches', (openDatabase, { provider }) => {
  async function opened() {
    const url = await openDatabase()
    await migrate(url)
    const stores = await openPrismaStores({ url, statementTimeout: 15, lockTimeout: 0.2 })
    return { url, stores, session: await openMigrationSession(parseDatabaseUrl(url)) }
  }

  test('a purge that closes what was left stops after the batch that is under way', async () => {
    const { stores, session } = await opened()
    await stores.facts.put(everything)
    await session.run(addOpen(3500))
    const countOpen = async () => (await stores.facts.count(noon)).families
    for (let looks = 1; (await countOpen()) === 3500; looks++) await stores.purge(before, stopAfter(looks))
    expect(await countOpen()).toBe(2500)
    await stores.purge(before)
    expect(await countOpen()).toBe(0)
    await session.close()
    await stores.close()
  })

  test('an end that has nothing more to close is not asked about again', async () => {
    const { url, stores, session } = await opened()
    await stores.facts.put(everything)
    await session.run(addOpen(10))
    const patience = patienceOf({})
    const client = await openPrismaClient(parseDatabaseUrl(url), patience)
    const database = openOver(client, parseDatabaseUrl(url), patience)
    let asked = 0
    const run: Database['run'] = (...work) => {
      asked++
      return database.run(...work)
    }
    const closeWhatIsLeft = leftCloser({ ...database, run })
    const counts: number[] = []
    for (let round = 0; round < 3; round++) {
      asked = 0
      await closeWhatIsLeft()
      counts.push(asked)
    }
    // Two lists of ends; families and sessions, where there was something to close, and where nothing was found.
    expect(counts).toEqual([4, 4, 2])
    await client.$disconnect()
    await session.close()
    await stores.close()
  })

  // On PostgreSQL alone: SQLite locks no rows.
  describe.skipIf(provider === 'sqlite')('while a row is locked', () => {
    test('an end that is kept is no failure; what it could not close a purge closes', async () => {
      const { stores, session } = await opened()
      for (const id of ['mine', 'other']) await stores.facts.beginFamily(aFamily({ id }))
      await session.begin()
      await session.rows(`SELECT 1 FROM "FamilyFact" WHERE "id" = 'mine' FOR UPDATE`)
      await stores.facts.put(everything)
      await stores.facts.put(anEnd({ kind: 'user', id: 'usr_1', version: 5 }))
      expect(await stores.facts.listPending(9)).toHaveLength(2)
      expect((await stores.facts.count(noon)).families).toBe(2)
      await session.commit()
      await stores.purge(before)
      expect((await stores.facts.count(noon)).families).toBe(0)
      await session.close()
      await stores.close()
    })
  })
})
