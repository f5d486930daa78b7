import { execFile } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { openSchemaEngine } from '#prisma/schema-engine.ts'
import { parseDatabaseUrl } from '#stores/prisma/database-url.ts'
import { migrate, migrationStatus } from '#stores/prisma/migrate.ts'
import { migrationFolders, readMigrations } from '#stores/prisma/migration-files.ts'
import { openMigrationSession } from '#stores/prisma/migration-session.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'
import { describeDatabases } from './implementations.ts'
import { aUser } from './samples.ts'

const scratch = mkdtempSync(join(tmpdir(), 'signet-migrations-'))
afterAll(() => rmSync(scratch, { recursive: true }))

describeDatabases('migrations', (openDatabase, { provider }) => {
  const known = async () => (await readMigrations(migrationFolders[provider])).map((migration) => migration.name)

  /** The real migrations with more of one's own after them. */
  function folderWith(more: { readonly [name: string]: string }): string {
    const folder = mkdtempSync(join(scratch, `${provider}-`))
    cpSync(migrationFolders[provider], folder, { recursive: true })
    for (const [name, sql] of Object.entries(more)) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'migration.sql'), sql)
    }
    return folder
  }

  async function run(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
    const session = await openMigrationSession(parseDatabaseUrl(url))
    try {
      return await session.rows(sql)
    } finally {
      await session.close()
    }
  }

  test('they lead from nothing to exactly the models', async () => {
    const engine = await openSchemaEngine(provider, { main: await openDatabase(), shadow: await openDatabase() })
    expect(await engine.missingSql()).toBeUndefined()
  })

  test('they apply once, and the status tells without touching anything', async () => {
    const url = await openDatabase()
    const names = await known()
    const before = await migrationStatus(url)
    expect(before.applied).toEqual([])
    expect(before.pending.map((migration) => migration.name)).toEqual(names)
    expect(before.pending[0]?.sql).toContain('CREATE TABLE "User"')
    if (url.startsWith('file:')) expect(existsSync(url.slice('file:'.length))).toBe(false)
    expect(await migrate(url)).toEqual({ applied: names })
    expect(await migrate(url)).toEqual({ applied: [] })
    expect(await migrationStatus(url)).toEqual({ applied: names, pending: [] })
  })

  test('processes that start at once migrate once', async () => {
    const url = await openDatabase()
    const program = `import { migrate } from '#stores/prisma/migrate.ts'
      console.log(JSON.stringify((await migrate(process.argv[1])).applied))`
    const start = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, url])
    const answers = await Promise.all([start(), start(), start()])
    expect(answers.flatMap(({ stdout }) => JSON.parse(stdout))).toEqual(await known())
  })

  test('Prisma takes the history for its own, and ours continues the one that Prisma wrote', async () => {
    const main = await openDatabase()
    await migrate(main)
    const after = await openSchemaEngine(provider, { main, shadow: await openDatabase() })
    expect(await after.complaint()).toBeUndefined()
    const other = await openDatabase()
    const engine = await openSchemaEngine(provider, { main: other, shadow: await openDatabase() })
    await engine.deploy()
    expect(await migrate(other)).toEqual({ applied: [] })
    const columns = `SELECT migration_name, checksum, logs, rolled_back_at, applied_steps_count FROM _prisma_migrations`
    expect(await run(other, columns)).toEqual(await run(main, columns))
    await run(other, `UPDATE _prisma_migrations SET checksum = 'another'`)
    expect(await engine.complaint()).toContain('editedMigrationNames')
  })

  test('an old program runs on a newer schema', async () => {
    const url = await openDatabase()
    await migrate(url, folderWith({ '29990101000000_newer': 'ALTER TABLE "User" ADD COLUMN "shoeSize" INTEGER;' }))
    expect(await migrate(url)).toEqual({ applied: [] })
    expect((await migrationStatus(url)).applied).toContain('29990101000000_newer')
    const stores = await openPrismaStores({ url })
    expect(await stores.users.begin(aUser())).toBe('begun')
    expect(await stores.users.find('usr_1')).toEqual(aUser())
    await stores.close()
  })

  test('a migration that was changed after it was applied is refused', async () => {
    const url = await openDatabase()
    const folder = folderWith({ '29990101000000_changed': 'CREATE TABLE a (b INTEGER);' })
    await migrate(url, folder)
    appendFileSync(join(folder, '29990101000000_changed', 'migration.sql'), '\n-- improved')
    const refusal = { name: 'MigrationRefused', message: expect.stringContaining('29990101000000_changed') }
    await expect(migrate(url, folder)).rejects.toMatchObject(refusal)
    await expect(migrationStatus(url, folder)).rejects.toMatchObject(refusal)
  })

  test('a migration that fails leaves nothing of itself or of those before it', async () => {
    const url = await openDatabase()
    const folder = folderWith({
      '29990101000000_good': 'CREATE TABLE good (b INTEGER);',
      '29990101000001_bad': 'CREATE TABLE half (b INTEGER);\nALTER TABLE nowhere ADD COLUMN c INTEGER;',
    })
    await expect(migrate(url, folder)).rejects.toMatchObject({
      name: 'MigrationRefused',
      message: expect.stringContaining('29990101000001_bad'),
    })
    expect((await migrationStatus(url)).applied).toEqual([])
    expect(await migrate(url)).toEqual({ applied: await known() })
    for (const table of ['good', 'half']) await expect(run(url, `SELECT * FROM ${table}`)).rejects.toThrow(table)
  })

  test('one that Prisma began and did not finish is refused until a person has resolved it', async () => {
    const url = await openDatabase()
    await migrate(url)
    const [name] = await known()
    await run(url, `UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '${name}'`)
    await expect(migrate(url)).rejects.toMatchObject({
      name: 'MigrationRefused',
      message: expect.stringContaining(`${name}`),
    })
  })

  if (provider === 'postgresql') {
    test('a table in use is waited for without keeping readers waiting', async () => {
      const url = await openDatabase()
      await migrate(url)
      const stores = await openPrismaStores({ url, statementTimeout: 15 })
      const holder = await openMigrationSession(parseDatabaseUrl(url))
      await holder.run('BEGIN; LOCK TABLE "User" IN ACCESS SHARE MODE')
      const folder = folderWith({ '29990101000000_newer': 'ALTER TABLE "User" ADD COLUMN "shoeSize" INTEGER;' })
      let isDone = false
      const migrated = migrate(url, folder).finally(() => {
        isDone = true
      })
      const until = performance.now() + 3000
      let slowest = 0
      while (performance.now() < until) {
        const watch = aStopwatch()
        await stores.users.find('usr_1')
        slowest = Math.max(slowest, watch.milliseconds())
      }
      expect(isDone).toBe(false)
      // Half a second of waiting behind the migration, and what a busy machine adds.
      expect(slowest).toBeLessThan(1500)
      await holder.commit()
      expect(await migrated).toEqual({ applied: ['29990101000000_newer'] })
      await holder.close()
      await stores.close()
    })
    return
  }

  test('redefining a table keeps what refers to it', async () => {
    const url = await openDatabase()
    await migrate(url)
    const stores = await openPrismaStores({ url })
    await stores.users.begin(aUser())
    await stores.close()
    const redefine = `PRAGMA foreign_keys=OFF;
CREATE TABLE "new_User" AS SELECT * FROM "User";
DROP TABLE "User";
ALTER TABLE "new_User" RENAME TO "User";
CREATE UNIQUE INDEX "User_sub" ON "User"("sub");
`
    await migrate(url, folderWith({ '29990101000000_redefine': redefine }))
    expect(await run(url, 'SELECT sub FROM "LoginName"')).toHaveLength(1)
    const orphan = `DELETE FROM "User";`
    const folder = folderWith({ '29990101000000_redefine': redefine, '29990101000001_orphan': orphan })
    await expect(migrate(url, folder)).rejects.toMatchObject({ name: 'Unavailable' })
    expect(await run(url, 'SELECT sub FROM "User"')).toHaveLength(1)
  })
})
