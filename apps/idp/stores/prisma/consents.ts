import type { Consent, ConsentStore } from '#core/authorize/consent.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { byClient } from '../ordering.ts'
import type { Database } from './database.ts'
import { readTexts } from './read-value.ts'

/** Consents in SQL: one row per person and client. */
export function prismaConsents(database: Database): ConsentStore {
  return {
    async find(userId, clientId) {
      const where = { userId_clientId: { userId, clientId } }
      const row = await database.run((tables) => tables.consent.findUnique({ where }))
      return row === null ? undefined : read(row)
    },

    async list(userId) {
      const rows = await database.run((tables) => tables.consent.findMany({ where: { userId } }))
      return rows.map(read).sort(byClient)
    },

    put({ userId, clientId, scopes, givenAt }) {
      const key = { userId, clientId }
      const data = { scopes: [...scopes], givenAt }
      const update = async () => {
        await database.run((tables) => tables.consent.update({ where: { userId_clientId: key }, data }))
      }
      return database.run(async (tables) => {
        await tables.consent.upsert({ where: { userId_clientId: key }, create: { ...key, ...data }, update: data })
      }, update)
    },

    end: (userId, clientId) =>
      database.run(async (tables) => (await tables.consent.deleteMany({ where: { userId, clientId } })).count > 0),
  }
}

function read(row: Prisma.ConsentGetPayload<object>): Consent {
  return { ...row, scopes: new Set(readTexts(row.scopes, `the consent of ${row.userId} to ${row.clientId}`)) }
}
