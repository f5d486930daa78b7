import type { InitialToken, InitialTokenStore } from '#core/registration/initial-token.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { isStorable } from '../storable.ts'
import type { Database } from './database.ts'
import { readTexts } from './read-value.ts'

/** Initial access tokens in SQL. */
export function prismaInitialTokens(database: Database): InitialTokenStore {
  return {
    async begin(token) {
      const { scopes, ...same } = token
      const data = { ...same, ...(scopes && { scopes: [...scopes] }) }
      await database.run((tables) => tables.initialToken.create({ data }))
    },

    async find(hash) {
      const row = await database.run((tables) => tables.initialToken.findUnique({ where: { hash } }))
      return row === null ? undefined : read(row)
    },

    async findById(id) {
      if (!isStorable(id)) return undefined
      const row = await database.run((tables) => tables.initialToken.findUnique({ where: { id } }))
      return row === null ? undefined : read(row)
    },

    async list() {
      const orderBy = { createdAt: 'desc' } as const
      return (await database.run((tables) => tables.initialToken.findMany({ orderBy }))).map(read)
    },

    async claim(id, now) {
      const where = { id, uses: { gt: 0 }, expiresAt: { gt: now } }
      const take = { uses: { decrement: 1 } }
      const { count } = await database.run((tables) => tables.initialToken.updateMany({ where, data: take }))
      return count > 0 ? 'claimed' : 'refused'
    },

    async revoke(id) {
      if (!isStorable(id)) return false
      return (await database.run((tables) => tables.initialToken.deleteMany({ where: { id } }))).count > 0
    },
  }
}

function read(row: Prisma.InitialTokenGetPayload<object>): InitialToken {
  const scopes = row.scopes === null ? undefined : new Set(readTexts(row.scopes, `the initial token ${row.id}`))
  return { ...row, scopes }
}
