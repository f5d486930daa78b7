import { expect, test } from 'vitest'
import type { EndCursor, PendingCursor, RecordedEnd } from '#core/tokens/fact-store.ts'
import { parseDatabaseUrl } from '#stores/prisma/database-url.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import { openMigrationSession } from '#stores/prisma/migration-session.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import type { DurableStores } from '#stores/stores.ts'
import { describeDatabases, describeEach } from './implementations.ts'
import { aFamily, anEnd, aSession, noon, seconds } from './samples.ts'

/** Every end, page by page. */
async function listAll({ facts }: DurableStores, now: Date, most: number): Promise<readonly RecordedEnd[]> {
  const all: RecordedEnd[] = []
  for (let after: EndCursor | undefined; ; after = all.at(-1)) {
    const page = await facts.listEnds(now, after, most)
    expect(page.length).toBeLessThanOrEqual(most)
    all.push(...page)
    if (page.length < most) return all
  }
}

describeEach('what is written behind', (open) => {
  test('all that puts a family back is kept', async () => {
    const { facts } = await open()
    const family = aFamily({
      resource: 'https://api.example/',
      acr: 'urn:mfa',
      amr: ['pwd', 'otp'],
      userinfoClaims: ['email', 'name'],
      generation: 7,
      rotatedAt: seconds(5),
    })
    await facts.beginFamily(family)
    expect(await facts.findFamily('family')).toEqual(family)
  })

  test('floors and dates of use rise and never fall, and what is unknown is nothing', async () => {
    const { facts } = await open()
    await facts.beginFamily(aFamily())
    await facts.beginSession(aSession())
    await facts.noteUses({
      families: [
        { id: 'family', generation: 5, rotatedAt: seconds(50) },
        { id: 'nobody', generation: 5, rotatedAt: seconds(50) },
      ],
      sessions: [
        { id: 'session', lastUsedAt: seconds(60) },
        { id: "' OR 1=1 --", lastUsedAt: seconds(60) },
      ],
    })
    await facts.noteUses({
      families: [{ id: 'family', generation: 4, rotatedAt: seconds(40) }],
      sessions: [{ id: 'session', lastUsedAt: seconds(59.999) }],
    })
    await facts.noteUses({ families: [], sessions: [] })
    expect(await facts.findFamily('family')).toEqual(aFamily({ generation: 5, rotatedAt: seconds(50) }))
    expect(await facts.findSession('session')).toEqual(aSession({ lastUsedAt: seconds(60) }))
    expect(await facts.findFamily('nobody')).toBeUndefined()
  })

  test('hundreds at once, some of them twice, from several at once', async () => {
    const { facts } = await open()
    const ids = Array.from({ length: 700 }, (_, n) => `f${n}`)
    await Promise.all(ids.map((id) => facts.beginFamily(aFamily({ id, sessionId: undefined }))))
    const uses = (step: number) =>
      ids.map((id, n) => ({ id, generation: 2 + step + (n % 3), rotatedAt: seconds(step) }))
    await Promise.all([
      facts.noteUses({ families: [...uses(1), ...uses(3)], sessions: [] }),
      facts.noteUses({ families: [...uses(2)].reverse(), sessions: [] }),
    ])
    const families = await Promise.all(ids.map((id) => facts.findFamily(id)))
    expect(families.map((family) => family?.generation)).toEqual(uses(3).map(({ generation }) => generation))
    expect(families.every((family) => family?.rotatedAt.getTime() === seconds(3).getTime())).toBe(true)
  })

  test('ends whose mark must be remembered are listed page by page, applied or not', async () => {
    const stores = await open()
    const ends = [
      anEnd({ kind: 'user', id: 'usr_1', version: 1 }),
      anEnd({ kind: 'user', id: 'usr_1', version: 2 }),
      anEnd({ kind: 'user', id: 'usr_1', version: 10 }),
      anEnd({ kind: 'everything', id: '', version: 1 }),
      ...['a', 'B', 'b-1', 'b1', 'é', '_'].map((id) => anEnd({ kind: 'token', id })),
      ...['a', 'b'].map((id) => anEnd({ kind: 'session', id })),
    ]
    for (const end of [...ends, anEnd({ id: 'over', until: seconds(1) })]) await stores.facts.put(end)
    await stores.facts.claim({ kind: 'session', id: 'a', version: undefined }, seconds(11))
    const all = await listAll(stores, seconds(1), 100)
    expect(all).toHaveLength(ends.length)
    for (const end of ends) {
      const appliedAt = end.kind === 'session' && end.id === 'a' ? seconds(11) : undefined
      expect(all).toContainEqual({ ...end, appliedAt })
    }
    for (const most of [1, 2, 5]) expect(await listAll(stores, seconds(1), most)).toEqual(all)
    expect(await listAll(stores, seconds(0.999), 100)).toHaveLength(ends.length + 1)
  })

  test('a listing goes on after an end that is gone meanwhile', async () => {
    const stores = await open()
    for (const id of ['a', 'b', 'c'])
      await stores.facts.put(anEnd({ kind: 'token', id, until: seconds(id === 'b' ? 9 : 99) }))
    const [, second] = await stores.facts.listEnds(noon, undefined, 2)
    await stores.facts.claim(anEnd({ kind: 'token', id: 'b' }), noon)
    await stores.purge({ audit: noon, facts: seconds(10) })
    expect((await stores.facts.listEnds(noon, second, 2)).map(({ id }) => id)).toEqual(['c'])
  })

  test('the oldest pending ends come first, as many as are asked for', async () => {
    const { facts } = await open()
    for (const id of ['3', '1', '2']) await facts.put(anEnd({ id, at: seconds(Number(id)) }))
    expect((await facts.listPending(2)).map(({ id }) => id)).toEqual(['1', '2'])
  })

  test('pending ends are listed on from any of them, of one moment too', async () => {
    const { facts } = await open()
    const kept: string[] = []
    for (const [n, kind] of (['token', 'session', 'family', 'token'] as const).entries()) {
      for (const id of [`b${n}`, `a${n}`]) await facts.put(anEnd({ kind, id, at: seconds(Math.floor(n / 2)) }))
      kept.push(`a${n}`, `b${n}`)
    }
    const listed: string[] = []
    for (let after: PendingCursor | undefined; ; ) {
      const page = await facts.listPending(3, after)
      listed.push(...page.map(({ id }) => id))
      after = page.at(-1)
      if (!after) break
    }
    expect(listed.toSorted()).toEqual(kept.toSorted())
    expect(listed.slice(0, 4).toSorted()).toEqual(kept.slice(0, 4).toSorted())
  })
})

describeDatabases('rows of the version before', (openDatabase) => {
  /** As the version before writes them: it knows none of the columns that put a fact back. */
  const older = [
    `INSERT INTO "SessionFact" ("id", "userId", "authTime", "amr", "createdAt", "expiresAt", "address", "agent")
     SELECT 'old', "userId", "authTime", "amr", "createdAt", "expiresAt", "address", "agent" FROM "SessionFact"`,
    `INSERT INTO "FamilyFact" ("id", "clientId", "userId", "sessionId", "sid", "scopes", "createdAt", "expiresAt")
     SELECT 'old', "clientId", "userId", "sessionId", "sid", "scopes", "createdAt", "expiresAt" FROM "FamilyFact"`,
    `INSERT INTO "End" ("kind", "id", "version", "reason", "at", "until")
     SELECT 'family', 'elsewhere', -1, 'signed_out', "createdAt", "expiresAt" FROM "FamilyFact" WHERE "id" = 'old'`,
  ]

  test('are read as facts that cannot be put back, and ended like any other', async () => {
    const url = await openDatabase()
    await migrate(url)
    const stores = await openPrismaStores({ url })
    await stores.facts.beginSession(aSession())
    await stores.facts.beginFamily(aFamily())
    const session = await openMigrationSession(parseDatabaseUrl(url))
    for (const sql of older) await session.rows(sql)
    expect(await stores.facts.findSession('old')).toMatchObject({ secretHash: '', userVersion: 0, lastUsedAt: noon })
    expect(await stores.facts.findFamily('old')).toMatchObject({ macKid: '', generation: 0, amr: [], rotatedAt: noon })
    await stores.facts.noteUses({
      families: [{ id: 'old', generation: 3, rotatedAt: seconds(3) }],
      sessions: [{ id: 'old', lastUsedAt: seconds(3) }],
    })
    expect(await stores.facts.findFamily('old')).toMatchObject({ macKid: '', generation: 3, rotatedAt: seconds(3) })
    expect(await stores.facts.findSession('old')).toMatchObject({ secretHash: '', lastUsedAt: seconds(3) })
    expect((await stores.facts.listEnds(noon, undefined, 9)).map(({ id }) => id)).toEqual(['elsewhere'])
    await stores.facts.put(anEnd({ kind: 'user', id: 'usr_1', version: 5 }))
    expect(await stores.facts.listSessions('usr_1', noon)).toEqual([])
    expect(await stores.facts.listFamilies({}, noon)).toEqual([])
    await session.close()
    await stores.close()
  })

  test('a sign-in that it notes leaves no dead cookie that could be put back', async () => {
    const url = await openDatabase()
    await migrate(url)
    const { facts, close } = await openPrismaStores({ url })
    await facts.beginSession(aSession())
    const session = await openMigrationSession(parseDatabaseUrl(url))
    await session.rows(`UPDATE "SessionFact" SET "authTime" = "expiresAt", "amr" = '["pwd","otp"]'`)
    expect(await facts.findSession('session')).toMatchObject({ authTime: seconds(3600), secretHash: '' })
    await facts.rotateSession('session', { authTime: seconds(3601), amr: ['pwd'], secretHash: 'next' })
    expect(await facts.findSession('session')).toMatchObject({ authTime: seconds(3601), secretHash: 'next' })
    await session.close()
    await close()
  })
})

describeDatabases('rows of a newer version', (openDatabase) => {
  test('a pending end that cannot be read keeps no other waiting, and is told of when it is the last', async () => {
    const url = await openDatabase()
    await migrate(url)
    const { facts, close } = await openPrismaStores({ url, statementTimeout: 15 })
    for (const id of ['1', '2', '3', '4']) await facts.put(anEnd({ id, at: seconds(Number(id)) }))
    const session = await openMigrationSession(parseDatabaseUrl(url))
    await session.run(`UPDATE "End" SET "reason" = 'boredom' WHERE "id" IN ('1', '3')`)
    await session.close()
    for (const most of [1, 2, 3, 9]) {
      const listed = (await facts.listPending(most)).map(({ id }) => id)
      expect(listed).toEqual(['2', '4'].slice(0, most))
    }
    for (const id of ['2', '4']) await facts.claim(anEnd({ id }), noon)
    await expect(facts.listPending(9)).rejects.toMatchObject({ name: 'UnreadableRow' })
    await close()
  })
})
