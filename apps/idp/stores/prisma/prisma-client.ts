import type { Client } from '@libsql/client'
import type { Prisma, PrismaClient } from '#prisma/generated/sqlite/client/client.ts'
import type { DatabaseUrl } from './database-url.ts'

/** The generated client, as all stores see it: the two are made from the same models. */
export type GeneratedClient = PrismaClient
export type Tables = Prisma.TransactionClient

/** Milliseconds: a database that is slower than this counts as unavailable. */
const patience = { connect: 3_000, query: 10_000 }
const options = {
  errorFormat: 'minimal',
  transactionOptions: { maxWait: patience.query, timeout: patience.query },
} as const

/** Connects to the database, loading what that one needs. Rejects with the driver's error where it cannot. */
export function openPrismaClient(database: DatabaseUrl): Promise<GeneratedClient> {
  return database.provider === 'sqlite' ? openSqliteClient(database.path) : openPostgresClient(database.url)
}

async function openPostgresClient(connectionString: string): Promise<GeneratedClient> {
  const { PrismaPg } = await import('@prisma/adapter-pg')
  const { PrismaClient } = await import('#prisma/generated/postgresql/client/client.ts')
  const adapter = new PrismaPg({
    connectionString,
    max: 10,
    connectionTimeoutMillis: patience.connect,
    query_timeout: patience.query,
    keepAlive: true,
  })
  // The one cast: same models, same generator; what only one of the two can do is not used anywhere.
  const client: object = new PrismaClient({ adapter, ...options })
  return client as GeneratedClient
}

async function openSqliteClient(path: string): Promise<GeneratedClient> {
  const { PrismaLibSql } = await import('@prisma/adapter-libsql')
  const { PrismaClient } = await import('#prisma/generated/sqlite/client/client.ts')
  const { openSqlite } = await import('./sqlite-connection.ts')
  const connection = await openSqlite(path)
  /** Prisma's adapter over a connection that is set up already. */
  class OpenedLibSql extends PrismaLibSql {
    override createClient(): Client {
      return connection
    }
  }
  return new PrismaClient({ adapter: new OpenedLibSql({ url: 'file:opened-already' }), ...options })
}
