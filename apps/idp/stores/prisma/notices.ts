import { join, type Sql, sqltag as sql } from '@prisma/client/runtime/client'
import type { AttemptResult, LogoutNotice, NoticeKey, NoticeStore } from '#core/logout/notice-store.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { compareTexts } from '../ordering.ts'
import { storable } from '../storable.ts'
import type { Database } from './database.ts'

/** Rows of one statement: below what either database takes as parameters. */
const rowsPerStatement = 500
const longestFailure = 500

/** The outbox of back-channel logout in SQL. A claim is one conditional update: of several who try, one changes the row. */
export function prismaNotices(database: Database): NoticeStore {
  return {
    async put(notices) {
      for (let from = 0; from < notices.length; from += rowsPerStatement) {
        const statement = insertNew(notices.slice(from, from + rowsPerStatement))
        await database.run((tables) => tables.$executeRaw(statement))
      }
    },

    async listDue(now, most, except) {
      const where = { nextAt: { lte: now }, ...(except.length > 0 && { clientId: { notIn: [...except] } }) }
      const orderBy = [{ nextAt: 'asc' }, { clientId: 'asc' }, { sid: 'asc' }] as const
      const query = { where, orderBy: [...orderBy], take: most }
      return (await database.run((tables) => tables.logoutNotice.findMany(query))).map(read)
    },

    async claim({ sid, clientId, attempts }, nextAt) {
      const where = { sid, clientId, attempts, nextAt: { not: null } }
      const data = { attempts: attempts + 1, nextAt }
      return (await database.run((tables) => tables.logoutNotice.updateMany({ where, data }))).count > 0
    },

    async end({ sid, clientId }, result) {
      const where = { sid, clientId, deliveredAt: null }
      await database.run((tables) => tables.logoutNotice.updateMany({ where, data: changesOf(result) }))
    },

    async list({ clientId, failed, most }) {
      const where = {
        ...(clientId !== undefined && { clientId: storable(clientId) }),
        ...(failed && { failure: { not: null } }),
      }
      const orderBy = [{ at: 'desc' }, { sid: 'asc' }, { clientId: 'asc' }] as const
      const query = { where, orderBy: [...orderBy], take: most }
      return (await database.run((tables) => tables.logoutNotice.findMany(query))).map(read)
    },

    async count() {
      const query = { where: { nextAt: { not: null } }, _count: true, _min: { at: true } } as const
      const { _count: waiting, _min } = await database.run((tables) => tables.logoutNotice.aggregate(query))
      return { waiting, oldest: _min.at ?? undefined }
    },
  }
}

type News = Parameters<NoticeStore['put']>[0]

/** In the order of their keys, so that two statements lock their rows in one order. */
function insertNew(notices: News): Sql {
  const rows = notices
    .toSorted((one, other) => compareTexts(keyOf(one), keyOf(other)))
    .map(({ sid, clientId, userId, at }) => sql`(${sid}, ${clientId}, ${userId}, ${at}, 0, ${at})`)
  return sql`
    INSERT INTO "LogoutNotice" ("sid", "clientId", "userId", "at", "attempts", "nextAt") VALUES ${join(rows)}
    ON CONFLICT DO NOTHING`
}

const keyOf = ({ sid, clientId }: NoticeKey) => `${sid} ${clientId}`

function changesOf(result: AttemptResult) {
  if ('deliveredAt' in result) return { deliveredAt: result.deliveredAt, nextAt: null, failure: null }
  return { failure: storable(result.failure, longestFailure), ...(result.isFinal && { nextAt: null }) }
}

function read(row: Prisma.LogoutNoticeGetPayload<object>): LogoutNotice {
  return {
    ...row,
    nextAt: row.nextAt ?? undefined,
    deliveredAt: row.deliveredAt ?? undefined,
    failure: row.failure ?? undefined,
  }
}
