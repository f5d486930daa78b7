import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres, whyNoPostgres } from '#test/support/postgres.ts'
import { aMachine, type Machine } from './machine.ts'

const reason = whyNoPostgres()
if (reason) console.warn(`commands over a large database are not tested: ${reason}`)

describe.skipIf(reason !== undefined)('a database that is too large for the patience of a request', () => {
  let machine: Machine
  let postgres: TestPostgres
  let client: pg.Client | undefined
  const env: { [name: string]: string } = {
    SIGNET_DATABASE_STATEMENT_TIMEOUT: '300ms',
    SIGNET_DATABASE_LOCK_TIMEOUT: '200ms',
  }
  beforeAll(async () => {
    ;[machine, postgres] = await Promise.all([aMachine({ migrate: false }), startPostgres()])
    env.DATABASE_URL = await postgres.openDatabase()
    await machine.json(['db', 'migrate'], { env })
    client = new pg.Client({ connectionString: env.DATABASE_URL })
    await client.connect()
  })
  afterAll(async () => {
    await client?.end()
    machine.remove()
    await postgres.stop()
  })

  test('`db restored` needs no number of sessions', async () => {
    await client?.query('BEGIN; LOCK TABLE "SessionFact", "FamilyFact" IN ACCESS EXCLUSIVE MODE')
    const restored = await machine.signet(['db', 'restored', '--yes', '--json'], { env })
    const asked = await machine.signet(['sessions', 'revoke', '--everyone', '--dry-run'], { env })
    await client?.query('ROLLBACK')
    expect([restored.code, JSON.parse(restored.out)]).toEqual([0, { restored: true, endsEverything: false, raised: 0 }])
    expect([asked.code, asked.out]).toEqual([0, expect.stringContaining('too many to be counted in time')])
  })

  test('an end of everything may take longer than a request', async () => {
    await client?.query(`
      CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NEW; END';
      CREATE TRIGGER slowly BEFORE INSERT ON "End" FOR EACH ROW EXECUTE FUNCTION slowly()`)
    for (const args of [
      ['sessions', 'revoke', '--everyone', '--yes'],
      ['db', 'restored', '--end-everything', '--yes'],
    ])
      expect(await machine.signet(args, { env })).toMatchObject({ code: 0 })
  })
})
