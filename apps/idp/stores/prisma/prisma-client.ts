import type { Client } from '@libsql/client'
import type { Prisma, PrismaClient } from '#prisma/generated/sqlite/client/client.ts'
import type { DatabaseUrl } from './database-url.ts'
import type { Patience } from './patience.ts'

/** The generated client, as all stores see it: the two are made from the same models. */
export type GeneratedClient = PrismaClient
export type Tables = Prisma.TransactionClient

/**
 * Connects to the database, loading what that one needs. Rejects with the driver's error where it cannot. Which compiler
 * of queries is loaded, and why: docs/decisions/0029.
 */
export function openPrismaClient(database: DatabaseUrl, patience: Patience): Promise<GeneratedClient> {
  const options = {
    errorFormat: 'minimal',
    transactionOptions: { maxWait: patience.settle, timeout: patience.settle },
  } as const
  return database.provider === 'sqlite'
    ? openSqliteClient(database.path, options)
    : openPostgresClient(database.urls, patience, options)
}

type Options = { readonly errorFormat: 'minimal'; readonly transactionOptions: { maxWait: number; timeout: number } }

async function openPostgresClient(
  urls: readonly string[],
  patience: Patience,
  options: Options,
): Promise<GeneratedClient> {
  const { openPostgresPool } = await import('./postgres-pool.ts')
  const { PrismaPg } = await import('@prisma/adapter-pg')
  const { PrismaClient } = await import('#prisma/generated/postgresql/client/client.ts')
  const adapter = new PrismaPg(openPostgresPool(urls, patience), { disposeExternalPool: true })
  // The one cast: same models, same generator; what only one of the two can do is not used anywhere.
  const client: object = new PrismaClient({ adapter, ...options })
  return client as GeneratedClient
}

async function openSqliteClient(path: string, options: Options): Promise<GeneratedClient> {
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
