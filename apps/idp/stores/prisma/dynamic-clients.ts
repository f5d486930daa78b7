import type { DynamicClientStore } from '#core/registration/dynamic-client-store.ts'
import type { Database } from './database.ts'

/** When clients that registered themselves were last used, in SQL; the rows come and go with their clients. */
export function prismaDynamicClients(database: Database): DynamicClientStore {
  return {
    count: () => database.run((tables) => tables.dynamicClient.count()),

    async noteUse(clientId, at) {
      const where = { clientId, usedAt: { lt: at } }
      await database.run((tables) => tables.dynamicClient.updateMany({ where, data: { usedAt: at } }))
    },

    async listUnused(since, most) {
      const query = { where: { usedAt: { lt: since } }, orderBy: { usedAt: 'asc' }, take: most } as const
      return (await database.run((tables) => tables.dynamicClient.findMany(query))).map(({ clientId }) => clientId)
    },
  }
}
