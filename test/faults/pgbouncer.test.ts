import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, openLab } from '#bench/faults/lab/lab.ts'
import { type PostgresNode, startPostgresNode } from '#bench/faults/lab/postgres-node.ts'
import { startRedisNode } from '#bench/faults/lab/redis-node.ts'
import { checkPostgres } from '#cli/doctor-postgres.ts'
import { loadConfig } from '#config/load.ts'
import { mayPass } from '#idp/start-failure.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import { migrationFolders } from '#stores/prisma/migration-files.ts'
import { cookiesOf, refresh, revoke, signIn } from '../security/support/steps.ts'
import { asTokens } from '../security/support/tokens.ts'
import { aWorld, type World } from '../security/support/world.ts'
import { whyNoStage } from './open-closed/stage.ts'
import { findPgBouncer, type PgBouncer, startPgBouncer, withPrepared } from './support/pgbouncer.ts'

const found = findPgBouncer()
/** Milliseconds after which everything works again by itself. */
const healed = { timeout: 5000, interval: 50 }

/** What it is told of prepared statements: that it has none, and that it follows them. */
const kinds = [
  { name: 'without prepared statements', more: [], least: 0 },
  { name: 'with prepared statements', more: ['max_prepared_statements = 100'], least: withPrepared },
]

describe.each(kinds)('PgBouncer that pools transactions, $name', ({ more, least }) => {
  const whyNot = whyNoStage() ?? (found && found.version >= least ? undefined : 'no such PgBouncer')
  describe.skipIf(whyNot)(whyNot ?? 'is there', { timeout: 30_000 }, () => {
    let lab: Lab
    let postgres: PostgresNode
    let bouncer: PgBouncer
    let world: World
    beforeAll(async () => {
      lab = openLab()
      const [redis, node] = await Promise.all([startRedisNode(lab), startPostgresNode(lab)])
      postgres = node
      bouncer = await startPgBouncer(lab, postgres.url, more)
      // Its schema is made through it, too.
      const flags = { 'redis.url': redis.url, 'database.url': bouncer.url, 'listen.answerWithin': '2s' }
      world = await aWorld({ stores: 'real', flags })
      lab.defer(() => world.close())
    })
    afterAll(() => lab?.close())

    test('many sign in, refresh, revoke and sign out at once over few connections', async () => {
      const tokens = await Promise.all(Array.from({ length: 8 }, () => signIn(world)))
      const { c1 } = world
      const next = await Promise.all(
        tokens.map(async (one) => asTokens(c1, one, await refresh(world, c1, one.refresh))),
      )
      const ends = next.map((one, at) =>
        at % 2 === 0
          ? revoke(world, c1, one.refresh)
          : world.send(`/logout?id_token_hint=${one.id}`, { headers: { cookie: cookiesOf(world, one.person) } }),
      )
      expect((await Promise.all(ends)).map(({ status }) => status)).toEqual(next.map(() => 200))
      const again = await Promise.all(next.map((one) => refresh(world, c1, one.refresh)))
      expect(again.map(({ json }) => json.error)).toEqual(next.map(() => 'invalid_grant'))
      world.check()
    })

    test.each([
      ['PgBouncer', () => bouncer],
      ['PostgreSQL behind it', () => postgres],
    ])('%s goes away and comes back: sign-ins work again by themselves', async (_what, broken) => {
      await broken().kill()
      await expect(signIn(world)).rejects.toThrow('503')
      await broken().start()
      await expect.poll(() => signIn(world).catch(() => undefined), healed).toBeTruthy()
      world.check([503])
    })

    test('an index is not built through it: the migration says where to, and runs there', async () => {
      const name = '29990101000000_index'
      const folder = lab.newFolder('migrations')
      cpSync(migrationFolders.postgresql, folder, { recursive: true })
      mkdirSync(join(folder, name))
      const sql = 'CREATE INDEX CONCURRENTLY "new_idx" ON "User"("updatedAt");'
      writeFileSync(join(folder, name, 'migration.sql'), sql)
      await expect(migrate(bouncer.url, folder)).rejects.toMatchObject({
        name: 'MigrationRefused',
        message: expect.stringContaining('run `signet db migrate` once with a DATABASE_URL that leads to PostgreSQL'),
      })
      expect(await migrate(postgres.url, folder)).toEqual({ applied: [name] })
      expect(await migrate(bouncer.url, folder)).toEqual({ applied: [] })
    })

    test('the doctor sees it, and whether the account has limits of its own', async () => {
      const look = async (url: string) => {
        const flags = { issuer: 'http://localhost:3000', 'database.url': url }
        const config = loadConfig({ mode: 'cli', env: {}, flags })
        return (await checkPostgres(config)).filter(({ what }) => what.includes('proxy'))
      }
      const what = 'A proxy that pools connections stands before PostgreSQL, and the account has no statement_timeout.'
      expect(await look(postgres.url.replace(':lab@', '@'))).toEqual([])
      expect(await look(bouncer.url)).toMatchObject([{ level: 'warning', what }])
      await postgres.query(`ALTER ROLE signet SET statement_timeout = '1500ms'`)
      expect(await look(bouncer.url)).toMatchObject([{ level: 'ok' }])
    })

    test('a limit in the URL, which it refuses, is said to be wrong and not waited for', async () => {
      const url = `${bouncer.url}?statement_timeout=1500`
      const error = await migrate(url).catch((reason: unknown) => reason)
      expect(mayPass(error)).toBe(false)
    })
  })
})
