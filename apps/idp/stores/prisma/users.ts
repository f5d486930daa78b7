import { normalName } from '#core/users/name.ts'
import type { Json, User } from '#core/users/user.ts'
import type { UserStore } from '#core/users/user-store.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { loginNames } from '../login-names.ts'
import { isStorable } from '../storable.ts'
import type { Database } from './database.ts'
import type { Tables } from './prisma-client.ts'
import { ensure } from './read-value.ts'

type Row = Prisma.UserGetPayload<object>

/** People in SQL. The names that sign a person in are rows of their own, whose key is the normal form. */
export function prismaUsers(database: Database): UserStore {
  return {
    async find(sub) {
      if (!isStorable(sub)) return undefined
      return readOptional(await database.run((tables) => tables.user.findUnique({ where: { sub } })))
    },

    async findByName(name) {
      const normal = normalName(name)
      if (!isStorable(normal)) return undefined
      return readOptional(
        await database.run((tables) => tables.user.findFirst({ where: { names: { some: { normal } } } })),
      )
    },

    // Over the names, which have an index; an e-mail address is nobody's place in the list.
    async listPage(after, most) {
      const query = { where: { normal: { gt: after } }, orderBy: { normal: 'asc' }, take: most } as const
      const include = { user: true } as const
      const names = await database.run((tables) => tables.loginName.findMany({ ...query, include }))
      const own = names.filter(({ normal, user }) => normalName(user.username) === normal)
      return { records: own.map(({ user }) => read(user)), next: names[most - 1]?.normal }
    },

    listAfter(after, most) {
      const select = { sub: true, tokenVersion: true } as const
      const query = { select, where: { sub: { gt: after } }, orderBy: { sub: 'asc' }, take: most } as const
      return database.run((tables) => tables.user.findMany(query))
    },

    begin: (user) =>
      database.transact<'begun' | 'taken'>(
        async (tables) => {
          await tables.user.create({ data: { ...write(user), revision: user.revision } })
          await tables.loginName.createMany({ data: loginNames(user).map((normal) => ({ normal, sub: user.sub })) })
          return 'begun'
        },
        () => 'taken',
      ),

    put: (user) =>
      database.transact(
        (tables) => replace(tables, user),
        () => 'taken',
      ),

    end: (sub) =>
      database.transact(async (tables) => {
        await tables.consent.deleteMany({ where: { userId: sub } })
        return (await tables.user.deleteMany({ where: { sub } })).count > 0
      }),
  }
}

/** The conditional update comes first: it decides between racing writers, and locks the row for the rest. */
async function replace(tables: Tables, user: User): Promise<'stored' | 'conflict' | 'missing'> {
  const { sub, revision } = user
  const data = { ...write(user), revision: revision + 1 }
  const changed = await tables.user.updateMany({ where: { sub, revision }, data })
  if (changed.count === 0) return (await tables.user.count({ where: { sub } })) > 0 ? 'conflict' : 'missing'

  const names = loginNames(user)
  await tables.loginName.deleteMany({ where: { sub, normal: { notIn: [...names] } } })
  const kept = new Set((await tables.loginName.findMany({ where: { sub } })).map((row) => row.normal))
  const added = names.filter((normal) => !kept.has(normal))
  await tables.loginName.createMany({ data: added.map((normal) => ({ normal, sub })) })
  return 'stored'
}

function write(user: User): Omit<Prisma.UserCreateInput, 'revision'> {
  return {
    sub: user.sub,
    username: user.username,
    email: user.email ?? null,
    emailVerified: user.emailVerified,
    passwordHash: user.passwordHash ?? null,
    claims: user.claims,
    enabled: user.enabled,
    tokenVersion: user.tokenVersion,
    createdAt: user.createdAt,
    updatedAt: user.updatedAt,
  }
}

function readOptional(row: Row | null): User | undefined {
  return row === null ? undefined : read(row)
}

function read(row: Row): User {
  return {
    ...row,
    email: row.email ?? undefined,
    passwordHash: row.passwordHash ?? undefined,
    claims: readClaims(row),
  }
}

function readClaims({ sub, claims }: Row): { readonly [name: string]: Json } {
  ensure(isClaims(claims), `the claims of user ${sub}`)
  return claims
}

function isClaims(value: Prisma.JsonValue): value is { [name: string]: Prisma.JsonValue & Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
