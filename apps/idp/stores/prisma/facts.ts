import { empty, type Sql, sqltag as sql } from '@prisma/client/runtime/client'
import type { EndCursor, FactStore, PendingCursor, RecordedEnd } from '#core/tokens/fact-store.ts'
import { newestFirst } from '../ordering.ts'
import { isStorable } from '../storable.ts'
import { closeOlder, reachedSessions } from './close-older.ts'
import type { Database } from './database.ts'
import { type FactItem, factBatch } from './fact-batch.ts'
import { endKey, readEnd, readFamily, readSession, writeSecret } from './fact-rows.ts'
import { groupCommit } from './group-commit.ts'
import { noteUses } from './note-uses.ts'
import type { Tables } from './prisma-client.ts'
import { UnreadableRow } from './read-value.ts'

/** Rows of one commit, and how many may wait for theirs. */
const limits = { most: 256, waiting: 4096 }

/**
 * Terminal facts in SQL. Births, ends and claims that come at once share one commit; where they meet, one of them sees
 * the other (see {@link factBatch}).
 */
export function prismaFacts(database: Database): FactStore {
  const keep = groupCommit<FactItem>({ ...limits, ...database.limits }, async (items) => {
    const { keep, look } = factBatch(items, database)
    await execute(database, keep)
    return async () => void (await Promise.all(look.map((statement) => execute(database, [statement]))))
  })

  return {
    beginSession: (session) => keep({ session }),

    async rotateSession(id, { authTime, amr, secretHash }) {
      const older = { id, authTime: { lt: authTime } }
      const data = { authTime, amr: [...amr], secretHash: writeSecret({ secretHash, authTime }) }
      await database.run((tables) => tables.sessionFact.updateMany({ where: older, data }))
    },

    beginFamily: (family) => keep({ family }),

    async put(end) {
      await keep({ end })
      await closeOlder(database, end)
    },

    claim: (claim, appliedAt) => keep({ claim, appliedAt }),

    listPending: (most, after) => listPending(database, most, after),

    async listEnds(now, after, most, since = new Date(0)) {
      const query = endsAfter({ now, since }, after, most)
      const rows = await database.run((tables) => tables.$queryRaw<readonly EndRow[]>(query))
      return rows.map(readEnd)
    },

    noteUses: (uses) => noteUses(database, uses),

    async findSession(id) {
      if (!isStorable(id)) return undefined
      const row = await database.run((tables) => tables.sessionFact.findUnique({ where: { id } }))
      return row === null ? undefined : readSession(row)
    },

    async listSessions(userId, now) {
      const where = { userId, endedAt: null, expiresAt: { gt: now } }
      return (await database.run((tables) => tables.sessionFact.findMany({ where }))).map(readSession).sort(newestFirst)
    },

    async findFamily(id) {
      if (!isStorable(id)) return undefined
      const row = await database.run((tables) => tables.familyFact.findUnique({ where: { id } }))
      return row === null ? undefined : readFamily(row)
    },

    async listFamilies(of, now) {
      const where = { ...of, endedAt: null, expiresAt: { gt: now } }
      return (await database.run((tables) => tables.familyFact.findMany({ where }))).map(readFamily).sort(newestFirst)
    },

    async listEnded(end, { since, most, after }) {
      const where = {
        ...(after !== undefined && { id: { gt: after } }),
        expiresAt: { gt: end.at },
        AND: [reachedSessions(end), { OR: [{ endedAt: null }, { endedAt: { gt: since } }] }],
      }
      const query = { where, select: { id: true }, orderBy: { id: 'asc' }, take: most } as const
      return (await database.run((tables) => tables.sessionFact.findMany(query))).map((row) => row.id)
    },

    async listReached(sids) {
      const where = { sid: { in: sids.filter(isStorable) } }
      const reached = await database.run((tables) =>
        tables.familyFact.groupBy({ by: ['sid', 'userId', 'clientId'], where }),
      )
      return reached
    },

    async count(now) {
      const where = { endedAt: null, expiresAt: { gt: now } }
      return database.run(async (tables) => ({
        sessions: await tables.sessionFact.count({ where }),
        families: await tables.familyFact.count({ where }),
      }))
    },

    async findVersion(kind, id) {
      const query = { where: { kind, id }, _max: { version: true } } as const
      return (await database.run((tables) => tables.end.aggregate(query)))._max.version ?? 0
    },

    bumpEverything: () => database.transact(bumpEverything, () => database.transact(bumpEverything)),
  }
}

type EndRow = Parameters<typeof readEnd>[0]
type Dates = { readonly now: Date; readonly since: Date }

/**
 * By the primary key, and from the cursor on by its values: the end that it names may be gone meanwhile. What is put
 * behind the cursor while somebody pages is not seen; it is applied by who puts it.
 */
function endsAfter({ now, since }: Dates, after: EndCursor | undefined, most: number): Sql {
  const key = after === undefined ? undefined : endKey(after)
  const isLater = key ? sql`AND ("kind", "id", "version") > (${key.kind}, ${key.id}, ${key.version})` : empty
  return sql`SELECT * FROM "End" WHERE "until" > ${now} AND "at" >= ${since} ${isLater} ORDER BY "kind", "id", "version" LIMIT ${most}`
}

/** Page by page, until there are as many as are wanted that can be read. */
async function listPending(database: Database, most: number, after: PendingCursor | undefined) {
  const ends: RecordedEnd[] = []
  let unreadable: UnreadableRow | undefined
  let from = after && { ...endKey(after), at: after.at }
  for (let isMore = true; isMore; ) {
    const wanted = most - ends.length
    const statement = pendingAfter(from, wanted, database)
    const rows = await database.run((tables) => tables.$queryRaw<readonly EndRow[]>(statement))
    for (const row of rows) {
      try {
        ends.push(readEnd(row))
      } catch (error) {
        if (!(error instanceof UnreadableRow)) throw error
        unreadable ??= error
      }
    }
    from = rows.at(-1)
    isMore = rows.length === wanted && ends.length < most
  }
  if (ends.length === 0 && unreadable) throw unreadable
  return ends
}

type PendingKey = Pick<EndRow, 'at' | 'kind' | 'id' | 'version'>

function pendingAfter(from: PendingKey | undefined, most: number, { date }: Database): Sql {
  const order = sql`"at", "kind", "id", "version"`
  const since = from && date(from.at)
  const isLater =
    from && since
      ? sql`AND "at" >= ${since} AND (${order}) > (${since}, ${from.kind}, ${from.id}, ${from.version})`
      : empty
  return sql`SELECT * FROM "End" WHERE "appliedAt" IS NULL ${isLater} ORDER BY ${order} LIMIT ${most}`
}

/** One statement by itself, several together or not at all. */
async function execute(database: Database, statements: readonly Sql[]): Promise<void> {
  const run = async (tables: Tables) => {
    for (const statement of statements) await tables.$executeRaw(statement)
  }
  if (statements.length > 1) await database.transact(run)
  else await database.run(run)
}

async function bumpEverything(tables: Tables): Promise<number> {
  const where = { name: 'everything' }
  const create = { ...where, value: 1 }
  return (await tables.counter.upsert({ where, create, update: { value: { increment: 1 } } })).value
}
