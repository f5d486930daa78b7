import type { Client, ClientAuthentication, ClientSecret, TokenFormat } from '#core/clients/client.ts'
import type { ClientStore } from '#core/clients/client-store.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { byName } from '../ordering.ts'
import { isStorable } from '../storable.ts'
import type { Database } from './database.ts'
import { readDate, readObject, readText, readTexts, readWord, UnreadableRow } from './read-value.ts'

type Row = Prisma.ClientGetPayload<object>

/** Applications in SQL. */
export function prismaClients(database: Database): ClientStore {
  return {
    async find(id) {
      if (!isStorable(id)) return undefined
      const row = await database.run((tables) => tables.client.findUnique({ where: { id } }))
      return row === null ? undefined : read(row)
    },

    async list() {
      const rows = await database.run((tables) => tables.client.findMany())
      return rows.map(read).sort(byName)
    },

    begin: (client) =>
      database.run<'begun' | 'taken'>(
        async (tables) => {
          await tables.client.create({ data: { ...write(client), revision: client.revision } })
          return 'begun'
        },
        () => 'taken',
      ),

    put: (client) =>
      database.transact(async (tables) => {
        const { id, revision } = client
        const data = { ...write(client), revision: revision + 1 }
        const changed = await tables.client.updateMany({ where: { id, revision }, data })
        if (changed.count > 0) return 'stored'
        return (await tables.client.count({ where: { id } })) > 0 ? 'conflict' : 'missing'
      }),

    end: (id) =>
      database.transact(async (tables) => {
        await tables.consent.deleteMany({ where: { clientId: id } })
        return (await tables.client.deleteMany({ where: { id } })).count > 0
      }),
  }
}

function write(client: Client): Omit<Prisma.ClientCreateInput, 'revision'> {
  return {
    id: client.id,
    name: client.name,
    applicationType: client.applicationType,
    redirectUris: [...client.redirectUris],
    postLogoutRedirectUris: [...client.postLogoutRedirectUris],
    grantTypes: [...client.grantTypes],
    authenticationMethod: client.authentication.method,
    secrets: writeSecrets(client.authentication),
    scopes: [...client.scopes],
    firstParty: client.firstParty,
    accessTokenFormat: client.accessTokenFormat ?? null,
    accessTokenAlg: client.accessTokenAlg ?? null,
    idTokenAlg: client.idTokenAlg,
    resourceServerOf: client.resourceServerOf ?? null,
    clientUri: client.clientUri ?? null,
    logoUri: client.logoUri ?? null,
    policyUri: client.policyUri ?? null,
    tosUri: client.tosUri ?? null,
    enabled: client.enabled,
    tokenVersion: client.tokenVersion,
    createdAt: client.createdAt,
  }
}

function writeSecrets(authentication: ClientAuthentication): Prisma.InputJsonArray {
  if (authentication.method === 'none') return []
  return authentication.secrets.map(({ hash, createdAt, expiresAt }) => ({
    hash,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  }))
}

function read(row: Row): Client {
  const what = `client ${row.id}`
  const { authenticationMethod, secrets, ...same } = row
  return {
    ...same,
    applicationType: readWord(row.applicationType, ['web', 'native'], what),
    redirectUris: readTexts(row.redirectUris, what),
    postLogoutRedirectUris: readTexts(row.postLogoutRedirectUris, what),
    grantTypes: new Set(readTexts(row.grantTypes, what)),
    authentication: readAuthentication(authenticationMethod, secrets, what),
    scopes: new Set(readTexts(row.scopes, what)),
    accessTokenFormat: row.accessTokenFormat === null ? undefined : readWord(row.accessTokenFormat, tokenFormats, what),
    accessTokenAlg: row.accessTokenAlg ?? undefined,
    resourceServerOf: row.resourceServerOf ?? undefined,
    clientUri: row.clientUri ?? undefined,
    logoUri: row.logoUri ?? undefined,
    policyUri: row.policyUri ?? undefined,
    tosUri: row.tosUri ?? undefined,
  }
}

const tokenFormats: readonly TokenFormat[] = ['jwt', 'opaque']

/** A method that this program does not know must not become one that it does. */
function readAuthentication(method: string, secrets: unknown, what: string): ClientAuthentication {
  switch (method) {
    case 'none':
      return { method }
    case 'client_secret_basic':
    case 'client_secret_post':
      return { method, secrets: readSecrets(secrets, what) }
    default:
      throw new UnreadableRow(`${what} proves itself in a way that this version does not know`)
  }
}

function readSecrets(value: unknown, what: string): readonly ClientSecret[] {
  if (!Array.isArray(value)) throw new UnreadableRow(`the secrets of ${what}`)
  return value.map((one: unknown) => {
    const { hash, createdAt, expiresAt } = readObject(one, what)
    return {
      hash: readText(hash, what),
      createdAt: readDate(createdAt, what),
      expiresAt: expiresAt === null ? undefined : readDate(expiresAt, what),
    }
  })
}
