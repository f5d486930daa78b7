import type { SecretStore } from '#core/users/subject-salt.ts'
import type { Database } from './database.ts'

/** Sealed secrets in SQL: one row each, made once. */
export function prismaSecrets(database: Database): SecretStore {
  return {
    async find(name) {
      return (await database.run((tables) => tables.secret.findUnique({ where: { name } })))?.sealed
    },

    begin: (name, sealed) =>
      database.run<'begun' | 'taken'>(
        async (tables) => {
          await tables.secret.create({ data: { name, sealed } })
          return 'begun'
        },
        () => 'taken',
      ),

    async put(name, sealed, seen) {
      const data = { sealed }
      const changed = await database.run((tables) => tables.secret.updateMany({ where: { name, sealed: seen }, data }))
      return changed.count > 0 ? 'stored' : 'conflict'
    },
  }
}
