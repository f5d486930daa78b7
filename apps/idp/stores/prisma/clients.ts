import type { Client, TokenFormat } from '#core/clients/client.ts'
import { usableKeys } from '#core/clients/client-jwks.ts'
import type { ClientStore } from '#core/clients/client-store.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { isStorable } from '../storable.ts'
import { readDetails, writeDetails } from './client-details.ts'
import { readAuthentication, writeProof } from './client-proof.ts'
import type { Database } from './database.ts'
import { readTexts, readWord } from './read-value.ts'

type Row = Prisma.ClientGetPayload<object>

/** Applications in SQL. */
export function prismaClients(database: Database): ClientStore {
  return {
    async find(id) {
      if (!isStorable(id)) return undefined
      const row = await database.run((tables) => tables.client.findUnique({ where: { id } }))
      return row === null ? undefined : read(row)
    },

    async listPage(after, most) {
      const query = { where: { id: { gt: after } }, orderBy: { id: 'asc' }, take: most } as const
      const rows = await database.run((tables) => tables.client.findMany(query))
      return { records: rows.map(read), next: rows[most - 1]?.id }
    },

    async listAfter(after, most) {
      const select = { id: true, redirectUris: true, tokenVersion: true } as const
      const query = { select, where: { id: { gt: after } }, orderBy: { id: 'asc' }, take: most } as const
      const rows = await database.run((tables) => tables.client.findMany(query))
      return rows.map((row) => ({ ...row, redirectUris: readTexts(row.redirectUris, `client ${row.id}`) }))
    },

    begin: (client) =>
      database.run<'begun' | 'taken'>(
        async (tables) => {
          const { registration, revision } = client
          const dynamic = registration && { create: { usedAt: registration.at } }
          await tables.client.create({ data: { ...write(client), revision, ...(dynamic && { dynamic }) } })
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
    secrets: writeProof(client.authentication),
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
    jwks: (client.jwks ?? []).map((key) => ({ ...key })),
    jwksUri: client.jwksUri ?? null,
    tokenEndpointAuthSigningAlg: client.tokenEndpointAuthSigningAlg ?? null,
    details: writeDetails(client),
    enabled: client.enabled,
    tokenVersion: client.tokenVersion,
    createdAt: client.createdAt,
  }
}

function read(row: Row): Client {
  const what = `client ${row.id}`
  const { authenticationMethod, secrets, details, ...same } = row
  const grantTypes = readTexts(row.grantTypes, what)
  return {
    ...same,
    applicationType: readWord(row.applicationType, ['web', 'native'], what),
    redirectUris: readTexts(row.redirectUris, what),
    postLogoutRedirectUris: readTexts(row.postLogoutRedirectUris, what),
    grantTypes: new Set(grantTypes),
    authentication: readAuthentication(authenticationMethod, secrets, what),
    scopes: new Set(readTexts(row.scopes, what)),
    accessTokenFormat: row.accessTokenFormat === null ? undefined : readWord(row.accessTokenFormat, tokenFormats, what),
    accessTokenAlg: row.accessTokenAlg ?? undefined,
    resourceServerOf: row.resourceServerOf ?? undefined,
    clientUri: row.clientUri ?? undefined,
    logoUri: row.logoUri ?? undefined,
    policyUri: row.policyUri ?? undefined,
    tosUri: row.tosUri ?? undefined,
    jwks: readJwks(row.jwks),
    jwksUri: row.jwksUri ?? undefined,
    tokenEndpointAuthSigningAlg: row.tokenEndpointAuthSigningAlg ?? undefined,
    ...readDetails(details, grantTypes, what),
  }
}

const tokenFormats: readonly TokenFormat[] = ['jwt', 'opaque']

/** A key that this program does not take is passed over: what it signed is then signed by nobody. */
function readJwks(keys: unknown): Client['jwks'] {
  const read = usableKeys({ keys })
  return read.length > 0 ? read : undefined
}
