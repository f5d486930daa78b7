import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { migrate } from '#stores/prisma/migrate.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import type { DurableStores } from '#stores/stores.ts'
import { startPostgres, type TestPostgres, whyNoPostgres } from '#test/support/postgres.ts'
import { aFamily, aNotice, anEnd, aSession, noon, seconds } from './samples.ts'

type Verb = (stores: DurableStores) => Promise<unknown>

/** Every verb that asks for some of many rows. None may read them all: that takes longer with every sign-in there was. */
const verbs: { readonly [name: string]: Verb } = {
  'facts.beginSession': ({ facts }) => facts.beginSession(aSession({ id: 'new' })),
  'facts.beginFamily': ({ facts }) => facts.beginFamily(aFamily({ id: 'new' })),
  'facts.rotateSession': ({ facts }) => facts.rotateSession('session', { authTime: noon, amr: [], secretHash: 'h' }),
  'the end of a token': ({ facts }) => facts.put(anEnd({ kind: 'token', id: 't' })),
  'the end of a family': ({ facts }) => facts.put(anEnd({ kind: 'family', id: 'family' })),
  'the end of a session': ({ facts }) => facts.put(anEnd({ kind: 'session', id: 'session' })),
  'the end of a person': ({ facts }) => facts.put(anEnd({ kind: 'user', id: 'usr_1', version: 1 })),
  'the end of a client': ({ facts }) => facts.put(anEnd({ kind: 'client', id: 'shop', version: 1 })),
  'the end of everything': ({ facts }) => facts.put(anEnd({ kind: 'everything', id: '', version: 1 })),
  'facts.claim': ({ facts }) => facts.claim(anEnd(), noon),
  'facts.listPending': ({ facts }) => facts.listPending(100),
  'facts.listPending, going on': ({ facts }) => facts.listPending(100, anEnd()),
  'facts.listEnds': ({ facts }) => facts.listEnds(noon, undefined, 9),
  'facts.listEnds, going on': ({ facts }) => facts.listEnds(noon, anEnd(), 9),
  'facts.noteUses': ({ facts }) =>
    facts.noteUses({
      families: [{ id: 'family', generation: 2, rotatedAt: noon }],
      sessions: [{ id: 'session', lastUsedAt: noon }],
    }),
  'facts.findSession': ({ facts }) => facts.findSession('session'),
  'facts.listSessions': ({ facts }) => facts.listSessions('usr_1', noon),
  'facts.findFamily': ({ facts }) => facts.findFamily('family'),
  'families of a person': ({ facts }) => facts.listFamilies({ userId: 'usr_1' }, noon),
  'families of a client': ({ facts }) => facts.listFamilies({ clientId: 'shop' }, noon),
  'families of a person at a client': ({ facts }) => facts.listFamilies({ userId: 'usr_1', clientId: 'shop' }, noon),
  'families of a session': ({ facts }) => facts.listFamilies({ sid: 'session' }, noon),
  'facts.listEnded of a person': ({ facts }) =>
    facts.listEnded(anEnd({ kind: 'user', id: 'usr_1' }), { since: noon, most: 9, after: undefined }),
  'facts.listEnded of everybody': ({ facts }) =>
    facts.listEnded(anEnd({ kind: 'everything', id: '' }), { since: noon, most: 9, after: 'a' }),
  'facts.listReached': ({ facts }) => facts.listReached(['session', 'other']),
  'notices.listDue': ({ notices }) => notices.listDue(noon, 9, ['shop']),
  'notices.claim': ({ notices }) => notices.claim(aNotice(), noon),
  'notices.end': ({ notices }) => notices.end(aNotice(), { deliveredAt: noon }),
  'notices.list': ({ notices }) => notices.list({ most: 9 }),
  'notices of a client': ({ notices }) => notices.list({ most: 9, clientId: 'shop' }),
  'notices.count': ({ notices }) => notices.count(),
  'facts.findVersion': ({ facts }) => facts.findVersion('user', 'usr_1'),
  'the trail of a person': ({ audit }) => audit.list({ userId: 'usr_1', most: 10 }),
  'the trail of a client': ({ audit }) => audit.list({ clientId: 'shop', most: 10 }),
  'the trail since a time': ({ audit }) => audit.list({ since: noon, most: 10 }),
  'the trail after a line': ({ audit }) => audit.list({ after: 'a', most: 10 }),
  'consents.find': ({ consents }) => consents.find('usr_1', 'shop'),
  'consents.list': ({ consents }) => consents.list('usr_1'),
  'consents.end': ({ consents }) => consents.end('usr_1', 'shop'),
  'users.findByName': ({ users }) => users.findByName('ada'),
  'users.end': ({ users }) => users.end('usr_1'),
  'clients.end': ({ clients }) => clients.end('shop'),
  'a purge after ends by version': async ({ facts, purge }) => {
    await facts.put(anEnd({ kind: 'client', id: 'shop', version: 1 }))
    await facts.put(anEnd({ kind: 'everything', id: '', version: 1 }))
    await purge({ audit: seconds(-1), facts: seconds(-1) })
  },
  purge: ({ purge }) => purge({ audit: seconds(-1), facts: seconds(-1) }),
}

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const others = 'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
const tables = 'SELECT relname, seq_scan::int FROM pg_stat_user_tables WHERE seq_scan > 0 ORDER BY relname'

/** Tables that were read from end to end, and how often. A connection tells of its own when it ends. */
async function scans(url: string): Promise<readonly unknown[]> {
  await vi.waitFor(async () => expect(await query(url, others)).toEqual([]), { timeout: 10_000 })
  return query(url, tables)
}

const whyNot = whyNoPostgres()

// Only PostgreSQL counts its scans; SQLite has the same indexes, because both are made from the same models.
describe.skipIf(whyNot)(`indexes${whyNot ? ` (${whyNot})` : ''}`, () => {
  let postgres: TestPostgres
  let url: string
  beforeAll(async () => {
    postgres = await startPostgres()
    url = await postgres.openDatabase()
    await migrate(url)
    // Of a few rows the planner would read all; with this it does so only where no index serves.
    await query(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET enable_seqscan = off`)
  })
  afterAll(() => postgres.stop())

  test.for(Object.entries(verbs))('%s reads no table from end to end', async ([, verb]) => {
    const before = await scans(url)
    const stores = await openPrismaStores({ url })
    await verb(stores)
    await stores.close()
    expect(await scans(url)).toEqual(before)
  })
})
