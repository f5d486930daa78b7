import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { parseDatabaseUrl } from '#stores/prisma/database-url.ts'
import { migrate, migrationStatus } from '#stores/prisma/migrate.ts'
import { openMigrationSession } from '#stores/prisma/migration-session.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import { openSqlite } from '#stores/prisma/sqlite-connection.ts'
import { verbs } from './every-verb.ts'
import { describeDatabases } from './implementations.ts'
import { aClient, aMacKey, anEnd, anEvent, aUser, noon } from './samples.ts'

const scratch = mkdtempSync(join(tmpdir(), 'signet-failures-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const unavailable = { name: 'Unavailable', message: 'the database cannot answer' }

describeDatabases('a database that cannot answer', (openDatabase) => {
  test('every verb of every store says so', async () => {
    const stores = await openPrismaStores({ url: await openDatabase() })
    for (const verb of verbs(stores)) await expect(verb(), String(verb)).rejects.toMatchObject(unavailable)
    await stores.close()
  })

  test('a row that this version cannot read is never taken for something else', async () => {
    const url = await openDatabase()
    await migrate(url)
    const stores = await openPrismaStores({ url })
    const secrets = [{ hash: 'h', createdAt: noon, expiresAt: undefined }]
    await stores.clients.begin(aClient({ authentication: { method: 'client_secret_basic', secrets } }))
    await stores.audit.put([anEvent()])
    await stores.facts.put(anEnd())
    await stores.databaseKeys.put({ version: 1, keys: [aMacKey()] }, undefined)
    await stores.users.begin(aUser())
    const session = await openMigrationSession(parseDatabaseUrl(url))
    const damage: readonly (readonly [string, () => Promise<unknown>])[] = [
      [`UPDATE "Client" SET "authenticationMethod" = 'attest_jwt_client_auth'`, () => stores.clients.find('shop')],
      [
        `UPDATE "Client" SET "authenticationMethod" = 'client_secret_post', "secrets" = '{}'`,
        () => stores.clients.listPage('', 100),
      ],
      [
        `UPDATE "Client" SET "secrets" = '[{"hash":"h","createdAt":"soon","expiresAt":null}]'`,
        () => stores.clients.listPage('', 100),
      ],
      [
        `UPDATE "Client" SET "secrets" = '[{"hash":"h","createdAt":"2026-01-01"}]'`,
        () => stores.clients.listPage('', 100),
      ],
      [`UPDATE "Client" SET "secrets" = '[]', "scopes" = '[1]'`, () => stores.clients.listPage('', 100)],
      [`UPDATE "AuditEvent" SET "event" = 'toString'`, () => stores.audit.list({})],
      [`UPDATE "End" SET "reason" = 'boredom'`, () => stores.facts.listPending(100)],
      [`UPDATE "KeyRing" SET "keys" = '[{"kid":"k","use":"sig","alg":"none"}]'`, () => stores.databaseKeys.read()],
      [`UPDATE "User" SET "claims" = '[]'`, () => stores.users.find('usr_1')],
    ]
    for (const [sql, read] of damage) {
      await session.rows(sql)
      await expect(read(), sql).rejects.toMatchObject({ name: 'UnreadableRow', retryAfter: expect.any(Number) })
    }
    await session.close()
    await stores.close()
  })
})

describe('a database that is not there', () => {
  const password = 'canary-7f3a'

  test('PostgreSQL that refuses connections is unavailable, and no error holds the password', async () => {
    // Port 1 of the loopback: nothing listens there.
    const url = `postgresql://signet:${password}@127.0.0.1:1/signet`
    const stores = await openPrismaStores({ url })
    const failures = [stores.check(), stores.users.find('a'), migrate(url), migrationStatus(url)].map((work) =>
      work.then(
        () => undefined,
        (error: unknown) => error,
      ),
    )
    for (const failure of await Promise.all(failures)) {
      expect(failure).toMatchObject(unavailable)
      expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain(password)
    }
    await stores.close()
  })

  test('a URL that means nothing is said so, without being shown', async () => {
    for (const url of [
      `mysql://a:${password}@b/c`,
      `postgresql://a:${password}@[/c`,
      'file:',
      'file::memory:',
      `file:a?${password}`,
      '',
    ]) {
      for (const work of [() => openPrismaStores({ url }), async () => migrate(url), () => migrationStatus(url)]) {
        const error: unknown = await work().then(
          () => undefined,
          (cause: unknown) => cause,
        )
        expect(error, url).toMatchObject({ message: expect.stringContaining('neither file:') })
        expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(password)
      }
    }
  })

  test('a file that is no database is unavailable', async () => {
    const path = join(scratch, 'no.db')
    writeFileSync(path, 'Dear diary, '.repeat(100))
    await expect(openPrismaStores({ url: `file:${path}` })).rejects.toMatchObject(unavailable)
    await expect(migrate(`file:${path}`)).rejects.toMatchObject(unavailable)
    await expect(openPrismaStores({ url: `file:${path}/below` })).rejects.toMatchObject(unavailable)
  })
})

describe('SQLite', () => {
  test('is opened for durability, in a file that only its owner can read', async () => {
    const path = join(scratch, 'sub folder', 'own ü%20.db')
    await migrate(`file:${path}`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
    const session = await openMigrationSession({ provider: 'sqlite', path })
    expect(await session.rows('PRAGMA journal_mode')).toMatchObject([{ journal_mode: 'wal' }])
    expect(await session.rows('PRAGMA synchronous')).toMatchObject([{ synchronous: 2 }])
    expect(await session.rows('PRAGMA foreign_keys')).toMatchObject([{ foreign_keys: 1 }])
    await session.close()
  })

  test('a transaction takes the write lock as it begins, and leaves the settings as they were', async () => {
    const path = join(scratch, 'lock.db')
    const [one, other] = [await openSqlite(path), await openSqlite(path)]
    const transaction = await one.transaction('deferred')
    await expect(other.execute('BEGIN IMMEDIATE')).rejects.toMatchObject({ code: 'SQLITE_BUSY' })
    await transaction.commit()
    await other.execute('BEGIN IMMEDIATE')
    await other.execute('COMMIT')
    for (const client of [one, other]) {
      expect((await client.execute('PRAGMA synchronous')).rows).toMatchObject([{ synchronous: 2 }])
      expect((await client.execute('PRAGMA foreign_keys')).rows).toMatchObject([{ foreign_keys: 1 }])
      client.close()
    }
  })

  test('a writer waits for another process, and lets this one go on meanwhile', async () => {
    const path = join(scratch, 'shared.db')
    await migrate(`file:${path}`)
    const stores = await openPrismaStores({ url: `file:${path}`, statementTimeout: 15 })
    const holder = spawn(process.execPath, ['--input-type=module', '-e', holdsTheLock, path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    let writing = true
    const writes = [
      stores.users.begin(aUser()),
      stores.consents.put({ userId: 'a', clientId: 'b', scopes: new Set(), givenAt: noon }),
    ]
    const written = Promise.all(writes).finally(() => {
      writing = false
    })
    let turns = 0
    for (; turns < 20; turns++) await wait(10)
    expect(writing).toBe(true)
    expect(await stores.users.find('usr_1')).toBeUndefined()
    holder.stdin.end()
    expect(await written).toEqual(['begun', undefined])
    await stores.close()
  })

  test('two processes write side by side', async () => {
    const path = join(scratch, 'two.db')
    await migrate(`file:${path}`)
    const one = await openPrismaStores({ url: `file:${path}`, statementTimeout: 15 })
    const other = await openPrismaStores({ url: `file:${path}`, statementTimeout: 15 })
    const bumps = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? one : other).facts.bumpEverything())
    expect(new Set(await Promise.all(bumps)).size).toBe(40)
    await one.close()
    await other.close()
  })
})

const holdsTheLock = `
  import { createClient } from '@libsql/client'
  import { pathToFileURL } from 'node:url'
  const client = createClient({ url: pathToFileURL(process.argv[1]).href })
  await client.execute('BEGIN IMMEDIATE')
  console.log('held')
  process.stdin.resume().on('end', async () => { await client.execute('COMMIT'); client.close() })
`
