import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { migrate, migrationStatus } from '#stores/prisma/migrate.ts'
import { migrationFolders } from '#stores/prisma/migration-files.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import { startPostgres, type TestPostgres, whyNoPostgres } from '#test/support/postgres.ts'
import { aFamily } from './samples.ts'

const whyNot = whyNoPostgres()
const name = '29990101000001_index'
const before = '29990101000000_before'

describe.skipIf(whyNot)(`indexes that are built while writers go on${whyNot ? ` (${whyNot})` : ''}`, () => {
  let postgres: TestPostgres
  const scratch = mkdtempSync(join(tmpdir(), 'signet-index-'))
  const clients: pg.Client[] = []
  const children: ChildProcess[] = []
  let url = ''
  beforeAll(async () => {
    postgres = await startPostgres()
    url = await postgres.openDatabase()
    await migrate(url)
    const sql = await connect(url)
    await sql.query(`
      CREATE FUNCTION held(text) RETURNS text IMMUTABLE LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN $1; END';
      INSERT INTO "FamilyFact" ("id", "clientId", "userId", "sid", "scopes", "createdAt", "expiresAt")
        SELECT n, 'shop', 'usr_1', 's', '[]', now(), now() FROM generate_series(1, 5000) AS n`)
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    for (const client of clients.splice(0)) await client.end()
  })
  afterAll(async () => {
    await postgres.stop()
    rmSync(scratch, { recursive: true })
  })

  /** The real migrations with one table and one index after them. */
  function folderWith(sql: string): string {
    const folder = mkdtempSync(join(scratch, 'migrations-'))
    cpSync(migrationFolders.postgresql, folder, { recursive: true })
    for (const [one, text] of Object.entries({ [before]: 'CREATE TABLE before (a INTEGER);', [name]: sql })) {
      mkdirSync(join(folder, one))
      writeFileSync(join(folder, one, 'migration.sql'), text)
    }
    return folder
  }

  async function connect(url: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    clients.push(client)
    return client
  }

  /** An index over families whose build takes until the answered `release`. */
  async function heldBuild() {
    const sql = await connect(url)
    await sql.query(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '2999%'`)
    await sql.query('DROP TABLE IF EXISTS before; DROP INDEX IF EXISTS held_idx')
    await sql.query('SELECT pg_advisory_lock(1)')
    return { sql, folder: folderWith(heldIndex), release: () => sql.query('SELECT pg_advisory_unlock(1)') }
  }

  /** The migrator as a process of its own, which can die. */
  function begin(folder: string): ChildProcess {
    const program = `import { migrate } from '#stores/prisma/migrate.ts'; await migrate(...process.argv.slice(1))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, url, folder], { stdio: 'ignore' })
    children.push(child)
    return child
  }

  /** The index, as PostgreSQL knows it. */
  async function index(sql: pg.Client): Promise<{ readonly oid: number; readonly whole: boolean } | undefined> {
    const found = `SELECT indexrelid::int AS oid, indisvalid AS whole FROM pg_index WHERE indexrelid = to_regclass('"held_idx"')`
    return (await sql.query(found)).rows[0]
  }

  /** Resolves with the process that builds, once it has been at it for longer than any limit below. */
  async function underWay(sql: pg.Client): Promise<number> {
    const builds = `SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND state = 'active'
      AND query_start < clock_timestamp() - interval '700 ms' AND datname = current_database()`
    await expect.poll(async () => (await sql.query(builds)).rows, { timeout: 15_000 }).toHaveLength(1)
    return (await sql.query(builds)).rows[0].pid
  }

  test('a writer goes on meanwhile, whatever the account is limited to; of two migrators one builds', async () => {
    const { sql, folder, release } = await heldBuild()
    const database = new URL(url).pathname.slice(1)
    for (const limit of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])
      await sql.query(`ALTER DATABASE ${database} SET ${limit} = '300ms'`)
    await sql.query(`ALTER DATABASE ${database} SET default_transaction_isolation = 'repeatable read'`)
    const migrators = Promise.all([migrate(url, folder), migrate(url, folder)])
    await underWay(sql)
    const stores = await openPrismaStores({ url })
    await stores.facts.beginFamily(aFamily({ id: 'meanwhile' }))
    await stores.close()
    // Who needs nothing of what is under way does not wait for it.
    expect(await migrate(url)).toEqual({ applied: [] })
    expect(await index(sql)).toMatchObject({ whole: false })
    await release()
    const applied = (await migrators).flatMap((one) => one.applied).sort()
    expect(applied).toEqual([before, name])
    expect(await index(sql)).toMatchObject({ whole: true })
    const rows = `SELECT migration_name, applied_steps_count FROM _prisma_migrations WHERE migration_name = '${name}'`
    expect((await sql.query(rows)).rows).toEqual([{ migration_name: name, applied_steps_count: 1 }])
    await sql.query(`ALTER DATABASE ${database} RESET ALL`)
  })

  test('a build that was cut short is said, dropped and begun again', async () => {
    const { sql, folder, release } = await heldBuild()
    const migrator = begin(folder)
    const builder = await underWay(sql)
    migrator.kill('SIGKILL')
    await once(migrator, 'exit')
    await sql.query('SELECT pg_terminate_backend($1)', [builder])
    await expect
      .poll(async () => (await migrationStatus(url, folder)).pending)
      .toEqual([{ name, alone: true, sql: `DROP INDEX CONCURRENTLY IF EXISTS "held_idx";\n${heldIndex}` }])
    const left = await index(sql)
    expect(left).toMatchObject({ whole: false })
    await release()
    expect(await migrate(url, folder)).toEqual({ applied: [name] })
    expect(await index(sql)).toEqual({ oid: expect.any(Number), whole: true })
    expect((await index(sql))?.oid).not.toBe(left?.oid)
  })

  test('what a dead migrator has PostgreSQL still building is waited for, not built twice', async () => {
    const { sql, folder, release } = await heldBuild()
    const migrator = begin(folder)
    await underWay(sql)
    migrator.kill('SIGKILL')
    await once(migrator, 'exit')
    const first = await index(sql)
    let isDone = false
    const migrated = migrate(url, folder).finally(() => {
      isDone = true
    })
    // It has looked, and come to the end of its first attempt.
    const looks = `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT indisvalid%' AND datname = current_database()`
    await expect.poll(async () => (await sql.query(looks)).rows, { interval: 1, timeout: 15_000 }).toHaveLength(1)
    await expect.poll(async () => (await sql.query(looks)).rows, { timeout: 15_000 }).toEqual([])
    expect(isDone).toBe(false)
    await release()
    expect(await migrated).toEqual({ applied: [name] })
    expect(await index(sql)).toEqual({ ...first, whole: true })
  })

  test('one that cannot be built leaves no index behind, and what came before it stays', async () => {
    const { sql, release } = await heldBuild()
    await release()
    const folder = folderWith(`CREATE UNIQUE INDEX CONCURRENTLY "held_idx" ON "FamilyFact"("clientId");`)
    await expect(migrate(url, folder)).rejects.toMatchObject({ name: 'MigrationRefused', message: refusal })
    expect(await index(sql)).toBeUndefined()
    expect((await migrationStatus(url, folder)).pending).toMatchObject([{ name, alone: true }])
    await sql.query('UPDATE "FamilyFact" SET "clientId" = "id"')
    expect(await migrate(url, folder)).toEqual({ applied: [name] })
  })

  test('beside another statement it is refused, and nothing is done', async () => {
    await heldBuild()
    const folder = folderWith(`ALTER TABLE before ADD COLUMN b INTEGER;\n${heldIndex}`)
    const mixed = { name: 'MigrationRefused', message: expect.stringContaining(`${name} must be one statement`) }
    await expect(migrate(url, folder)).rejects.toMatchObject(mixed)
    expect((await migrationStatus(url)).applied).not.toContain(before)
  })
})

const heldIndex = `CREATE INDEX CONCURRENTLY "held_idx" ON "FamilyFact"(held("id"));`
const refusal = `the migration ${name} failed, its index was not built`
