import type { Client } from '@libsql/client'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient as PostgresClient } from '#prisma/generated/postgresql/client/client.ts'
import { type Prisma, PrismaClient as SqliteClient } from '#prisma/generated/sqlite/client/client.ts'
import type { DatabaseUrl } from './database-url.ts'
import { openSqlite } from './sqlite-connection.ts'

/** The generated client, as all stores see it: the two are made from the same models. */
export type Tables = Prisma.TransactionClient
export type GeneratedClient = SqliteClient

/** Milliseconds: a database that is slower than this counts as unavailable. */
const patience = { connect: 3_000, query: 10_000 }
const options = {
  errorFormat: 'minimal',
  transactionOptions: { maxWait: patience.query, timeout: patience.query },
} as const

/** Connects to the database. Rejects with the driver's error where it cannot. */
export async function openPrismaClient(database: DatabaseUrl): Promise<GeneratedClient> {
  if (database.provider === 'sqlite') return openSqliteClient(database.path)
  const adapter = new PrismaPg({
    connectionString: database.url,
    max: 10,
    connectionTimeoutMillis: patience.connect,
    query_timeout: patience.query,
    keepAlive: true,
  })
  // The one cast: same models, same generator; what only one of the two can do is not used anywhere.
  const client: object = new PostgresClient({ adapter, ...options })
  return client as GeneratedClient
}

async function openSqliteClient(path: string): Promise<GeneratedClient> {
  return new SqliteClient({ adapter: new OpenedLibSql(await openSqlite(path)), ...options })
}

/** Prisma's adapter over a connection that is set up already. */
class OpenedLibSql extends PrismaLibSql {
  readonly #connection: Client

  constructor(connection: Client) {
    super({ url: 'file:opened-already' })
    this.#connection = connection
  }

  override createClient(): Client {
    return this.#connection
  }
}
