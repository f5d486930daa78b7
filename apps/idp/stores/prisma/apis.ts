import type { Api, ApiStore } from '#core/apis/api.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { byAudience } from '../ordering.ts'
import { isStorable } from '../storable.ts'
import type { Database } from './database.ts'
import type { Tables } from './prisma-client.ts'
import { readWord } from './read-value.ts'

const withScopes = { scopes: true } as const

type Row = Prisma.ApiGetPayload<{ include: typeof withScopes }>

/** APIs in SQL. A scope is a row whose key is its name, so that no two APIs can have the same one. */
export function prismaApis(database: Database): ApiStore {
  return {
    async find(audience) {
      if (!isStorable(audience)) return undefined
      const where = { audience }
      const row = await database.run((tables) => tables.api.findUnique({ where, include: withScopes }))
      return row === null ? undefined : read(row)
    },

    async list() {
      const rows = await database.run((tables) => tables.api.findMany({ include: withScopes }))
      return rows.map(read).sort(byAudience)
    },

    begin: (api) =>
      database.transact<'begun' | 'taken'>(
        async (tables) => {
          await tables.api.create({ data: { ...write(api), revision: api.revision } })
          await putScopes(tables, api)
          return 'begun'
        },
        () => 'taken',
      ),

    put: (api) =>
      database.transact(
        (tables) => replace(tables, api),
        () => 'taken',
      ),

    end: (audience) => database.run(async (tables) => (await tables.api.deleteMany({ where: { audience } })).count > 0),
  }
}

async function replace(tables: Tables, api: Api): Promise<'stored' | 'conflict' | 'missing'> {
  const { audience, revision } = api
  const data = { ...write(api), revision: revision + 1 }
  const changed = await tables.api.updateMany({ where: { audience, revision }, data })
  if (changed.count === 0) return (await tables.api.count({ where: { audience } })) > 0 ? 'conflict' : 'missing'
  await tables.apiScope.deleteMany({ where: { audience } })
  await putScopes(tables, api)
  return 'stored'
}

async function putScopes(tables: Tables, { audience, scopes }: Api): Promise<void> {
  const data = [...scopes].map(([name, sentence], position) => ({ name, audience, position, sentence }))
  await tables.apiScope.createMany({ data })
}

function write(api: Api): Omit<Prisma.ApiCreateInput, 'revision'> {
  return {
    audience: api.audience,
    tokenFormat: api.tokenFormat,
    alg: api.alg ?? null,
    lifetime: api.lifetime ?? null,
    createdAt: api.createdAt,
  }
}

function read(row: Row): Api {
  const scopes = row.scopes.sort((one, other) => one.position - other.position)
  return {
    ...row,
    scopes: new Map(scopes.map(({ name, sentence }) => [name, sentence])),
    tokenFormat: readWord(row.tokenFormat, ['jwt', 'opaque'], `API ${row.audience}`),
    alg: row.alg ?? undefined,
    lifetime: row.lifetime ?? undefined,
  }
}
