import type { End, FactStore } from '#core/tokens/fact-store.ts'
import { newestFirst } from '../ordering.ts'
import { isStorable } from '../storable.ts'
import type { Database } from './database.ts'
import { endKey, readEnd, readFamily, readSession, writeEnd, writeFamily, writeSession } from './fact-rows.ts'
import type { Tables } from './prisma-client.ts'

/**
 * Terminal facts in SQL. An end and a birth that meet leave a closed fact: each writes its own row first, commits, and
 * only then looks at the other's, so that one of the two always sees both.
 */
export function prismaFacts(database: Database): FactStore {
  const close = (end: End) => database.transact((tables) => closeFacts(tables, end))

  /** Closes what has just begun if it had ended before: its code was replayed, or its session ended, meanwhile. */
  async function closeIfEnded(ends: readonly { readonly kind: End['kind']; readonly id: string }[]): Promise<void> {
    const found = await database.run((tables) => tables.end.findMany({ where: { OR: [...ends] } }))
    for (const row of found) await close(readEnd(row))
  }

  return {
    async beginSession(fact) {
      await database.run(async (tables) => void (await tables.sessionFact.create({ data: writeSession(fact) })), again)
      await closeIfEnded([{ kind: 'session', id: fact.id }])
    },

    async rotateSession(id, { authTime, amr }) {
      const older = { id, authTime: { lt: authTime } }
      const data = { authTime, amr: [...amr] }
      await database.run((tables) => tables.sessionFact.updateMany({ where: older, data }))
    },

    async beginFamily(fact) {
      await database.run(async (tables) => void (await tables.familyFact.create({ data: writeFamily(fact) })), again)
      const { id, sessionId } = fact
      await closeIfEnded([{ kind: 'family', id }, ...(sessionId ? [{ kind: 'session', id: sessionId } as const] : [])])
    },

    async put(end) {
      await database.transact(async (tables) => {
        await tables.end.create({ data: writeEnd(end) })
        await closeFacts(tables, end)
      }, again)
      const where = { kind_id_version: endKey(end) }
      const first = await database.run((tables) => tables.end.findUniqueOrThrow({ where }))
      await close(readEnd(first))
    },

    async claim(end, appliedAt) {
      const where = { ...endKey(end), appliedAt: null }
      await database.run((tables) => tables.end.updateMany({ where, data: { appliedAt } }))
    },

    async listPending() {
      const query = { where: { appliedAt: null }, orderBy: { at: 'asc' } } as const
      return (await database.run((tables) => tables.end.findMany(query))).map(readEnd)
    },

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

/** It is there already: the first one stays. */
const again = () => {}

/**
 * Closes what an end reaches and is open yet. Where a version ends what is older, only what began until then: the end
 * may be put again when there is something newer.
 */
async function closeFacts(tables: Tables, { kind, id, at, reason }: End): Promise<void> {
  const data = { endedAt: at, endReason: reason }
  const older = { createdAt: { lte: at } }
  const sessions = { session: { id }, user: { ...older, userId: id }, everything: older } as const
  const families = {
    family: { id },
    // What is bound to a session carries its `sid`, which has the index.
    session: { sid: id, sessionId: id },
    user: { ...older, userId: id },
    client: { ...older, clientId: id },
    everything: older,
  } as const
  if (isNameOf(kind, sessions)) {
    await tables.sessionFact.updateMany({ where: { ...sessions[kind], endedAt: null }, data })
  }
  if (isNameOf(kind, families)) {
    await tables.familyFact.updateMany({ where: { ...families[kind], endedAt: null }, data })
  }
}

function isNameOf<T extends object>(name: PropertyKey, of: T): name is keyof T {
  return Object.hasOwn(of, name)
}

async function bumpEverything(tables: Tables): Promise<number> {
  const where = { name: 'everything' }
  const create = { ...where, value: 1 }
  return (await tables.counter.upsert({ where, create, update: { value: { increment: 1 } } })).value
}
