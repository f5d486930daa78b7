import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres, whyNoPostgres } from '#test/support/postgres.ts'
import { aMachine, type Machine, type Shape } from './machine.ts'

const reason = whyNoPostgres()
if (reason) console.warn(`what the doctor says of PostgreSQL is not tested: ${reason}`)

describe.skipIf(reason !== undefined)('the doctor looks at PostgreSQL', () => {
  let machine: Machine
  let postgres: TestPostgres
  let url = ''
  beforeAll(async () => {
    ;[machine, postgres] = await Promise.all([aMachine({ migrate: false }), startPostgres()])
    url = await postgres.openDatabase()
  })
  afterAll(async () => {
    machine.remove()
    await postgres.stop()
  })

  test('and tells what can lose a commit, and where connections may run out', async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`)
    const [{ fsync }] = (await client.query('SHOW fsync')).rows
    const [{ max_connections: most }] = (await client.query('SHOW max_connections')).rows
    await client.end()
    const env = { SIGNET_ISSUER: 'http://localhost:3000', DATABASE_URL: url, SIGNET_DATABASE_CONNECTIONS: `${most}` }
    const { out } = await machine.signet(['doctor', '--json'], { env })
    const { findings }: { findings: readonly Shape[] } = JSON.parse(out)
    const told = findings.filter(({ level }) => level !== 'ok').map(({ what }) => String(what))
    expect(told).toContain('PostgreSQL synchronous_commit is off: a crash forgets revocations that were acknowledged.')
    expect(told.some((what) => what.includes(`max_connections is ${most}`))).toBe(true)
    expect(told.some((what) => what.startsWith('PostgreSQL fsync is off'))).toBe(fsync === 'off')
  })

  test('and at each of several, one of which is away; every command finds the one that can be written to', async () => {
    const { host } = new URL(url)
    const several = url.replace(host, `127.0.0.1:1,${host}`)
    const patient = { SIGNET_DATABASE_STATEMENT_TIMEOUT: '20s' }
    const env = { SIGNET_ISSUER: 'http://localhost:3000', DATABASE_URL: several, ...patient }
    await machine.json(['db', 'migrate'], { env })
    await machine.json(['keys', 'rotate'], { env })
    const { out } = await machine.signet(['doctor', '--json'], { env })
    const { findings }: { findings: readonly Shape[] } = JSON.parse(out)
    const told = findings.map(({ what }) => String(what))
    expect(told).toContain('The settings of PostgreSQL at 127.0.0.1:1 could not be seen.')
    expect(told).toContain(
      `PostgreSQL at ${host} synchronous_commit is off: a crash forgets revocations that were acknowledged.`,
    )
    expect(told.some((what) => what.includes(`${host}/`) && what.endsWith('answers and is up to date.'))).toBe(true)
  })

  test('and beside our clock, whichever of the two is wrong', async () => {
    const preload = new URL('../support/shifted-date.mjs', import.meta.url).href
    const settings = { SIGNET_ISSUER: 'http://localhost:3000', DATABASE_URL: url, NODE_OPTIONS: `--import ${preload}` }
    for (const [shift, found] of [
      [600_000, 'The clock of PostgreSQL is 600 s behind ours.'],
      [-600_000, 'The clock of PostgreSQL is 600 s ahead of ours.'],
      [0, undefined],
    ] as const) {
      const env = { ...settings, SIGNET_TEST_CLOCK_SHIFT: `${shift}` }
      const { out } = await machine.signet(['doctor', '--json'], { env })
      const { findings }: { findings: readonly Shape[] } = JSON.parse(out)
      const told = findings.find(({ what }) => String(what).startsWith('The clock of PostgreSQL'))
      expect([told?.level, told?.what]).toEqual([found && 'warning', found])
    }
  })
})
