import type { Consent, ConsentStore } from '#core/authorize/consent.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { laterOf } from '../memory/table.ts'
import { byClient } from '../ordering.ts'
import type { Database } from './database.ts'
import type { Tables } from './prisma-client.ts'
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

    put(consent) {
      const add = (): Promise<void> => database.transact((tables) => addTo(tables, consent), add)
      return add()
    },

    end: (userId, clientId) =>
      database.run(async (tables) => (await tables.consent.deleteMany({ where: { userId, clientId } })).count > 0),
  }
}

/**
 * The first statement changes nothing and takes the row's lock, so that the look after it sees what another put has
 * committed. Where there is no row, the primary key decides who makes it, and the loser begins again.
 */
async function addTo(tables: Tables, { userId, clientId, scopes, givenAt }: Consent): Promise<void> {
  const key = { userId, clientId }
  const { count } = await tables.consent.updateMany({ where: key, data: { userId } })
  if (count === 0) {
    await tables.consent.create({ data: { ...key, scopes: [...scopes], givenAt } })
    return
  }
  const before = read(await tables.consent.findUniqueOrThrow({ where: { userId_clientId: key } }))
  const data = { scopes: [...before.scopes.union(scopes)], givenAt: laterOf(givenAt, before.givenAt) }
  await tables.consent.update({ where: { userId_clientId: key }, data })
}

function read(row: Prisma.ConsentGetPayload<object>): Consent {
  return { ...row, scopes: new Set(readTexts(row.scopes, `the consent of ${row.userId} to ${row.clientId}`)) }
}
