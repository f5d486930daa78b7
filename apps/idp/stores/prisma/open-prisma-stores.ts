import { type Clock, systemClock } from '#core/clock.ts'
import type { DurableStores } from '#stores/stores.ts'
import { prismaApis } from './apis.ts'
import { prismaAudit } from './audit.ts'
import { prismaClients } from './clients.ts'
import { prismaConsents } from './consents.ts'
import { openDatabase, unavailable } from './database.ts'
import { parseDatabaseUrl } from './database-url.ts'
import { prismaFacts } from './facts.ts'
import { prismaKeyMemory, prismaKeys } from './key-ring.ts'
import { type GeneratedClient, openPrismaClient } from './prisma-client.ts'
import { purge } from './purge.ts'
import { prismaUsers } from './users.ts'

/**
 * Opens the durable stores over `file:…` (SQLite) or `postgresql://…`. The schema must be there: `migrate` first.
 * Rejects with `Unavailable` where the file cannot be opened; a PostgreSQL that is down shows at the first use.
 */
export async function openPrismaStores(options: {
  readonly url: string
  readonly clock?: Clock
}): Promise<DurableStores> {
  const client = await connect(options.url)
  const database = openDatabase(client)
  return {
    users: prismaUsers(database),
    clients: prismaClients(database),
    apis: prismaApis(database),
    consents: prismaConsents(database),
    facts: prismaFacts(database),
    audit: prismaAudit(database),
    databaseKeys: prismaKeys(database),
    keyMemory: prismaKeyMemory(database, options.clock ?? systemClock),
    purge: (before, signal) => purge(database, before, signal),
    async check() {
      await database.run((tables) => tables.counter.findMany({ take: 1 }))
    },
    close: () => client.$disconnect(),
  }
}

async function connect(url: string): Promise<GeneratedClient> {
  const database = parseDatabaseUrl(url)
  try {
    return await openPrismaClient(database)
  } catch (cause) {
    throw unavailable(cause)
  }
}
