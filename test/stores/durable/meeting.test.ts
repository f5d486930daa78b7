import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseDatabaseUrl } from '#stores/prisma/database-url.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import { openMigrationSession } from '#stores/prisma/migration-session.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import { startPostgres, type TestPostgres, whyNoPostgres } from '#test/support/postgres.ts'
import { aFamily, anEnd, aSession, noon } from './samples.ts'

const whyNot = whyNoPostgres()

// On PostgreSQL alone: SQLite has one writer at a time, and no such moment.
describe.skipIf(whyNot)(`a birth or an end that meets another, PostgreSQL${whyNot ? ` (${whyNot})` : ''}`, () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.stop())

  test('a birth while its end is being written is closed all the same', async () => {
    const url = await postgres.openDatabase()
    await migrate(url)
    const { facts, close } = await openPrismaStores({ url })
    const holder = await openMigrationSession(parseDatabaseUrl(url))
    await holder.begin()
    await holder.rows('LOCK TABLE "FamilyFact" IN SHARE MODE')
    // The end has closed the sessions that it sees, none, and waits for the families.
    const ended = facts.put(anEnd({ kind: 'session', id: 'session' }))
    while ((await holder.rows('SELECT 1 FROM pg_locks WHERE NOT granted')).length === 0) await wait(5)
    await facts.beginSession(aSession())
    expect((await facts.findSession('session'))?.endedAt).toBeUndefined()
    await holder.commit()
    await ended
    expect(await facts.findSession('session')).toMatchObject({ endReason: 'revoked_by_client' })
    await holder.close()
    await close()
  })

  test('an end whose row somebody holds costs its neighbours nothing', async () => {
    const url = await postgres.openDatabase()
    await migrate(url)
    // Patient with all but the row: a busy machine may take its time.
    const { facts, close } = await openPrismaStores({ url, statementTimeout: 15, lockTimeout: 0.5 })
    const ids = Array.from({ length: 60 }, (_, n) => `${n}`)
    await Promise.all(ids.map((id) => facts.beginFamily(aFamily({ id }))))
    const holder = await openMigrationSession(parseDatabaseUrl(url))
    await holder.begin()
    await holder.rows(`SELECT 1 FROM "FamilyFact" WHERE "id" = '7' FOR UPDATE`)
    const outcomes = await Promise.allSettled(ids.map((id) => facts.put(anEnd({ id }))))
    expect(outcomes.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([7])
    await holder.commit()
    await facts.put(anEnd({ id: '7' }))
    expect((await facts.count(noon)).families).toBe(0)
    await holder.close()
    await close()
  })
})
