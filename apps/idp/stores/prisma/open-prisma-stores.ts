import { type Clock, systemClock } from '#core/clock.ts'
import type { DurableStores } from '#stores/stores.ts'
import { prismaApis } from './apis.ts'
import { prismaAudit } from './audit.ts'
import { prismaClients } from './clients.ts'
import { prismaConsents } from './consents.ts'
import { openDatabase, unavailable } from './database.ts'
import { type DatabaseUrl, parseDatabaseUrl } from './database-url.ts'
import { prismaDynamicClients } from './dynamic-clients.ts'
import { prismaEpochs } from './epochs.ts'
import { prismaFacts } from './facts.ts'
import { prismaInitialTokens } from './initial-tokens.ts'
import { prismaKeyMemory, prismaKeys } from './key-ring.ts'
import { prismaLeases } from './leases.ts'
import { prismaNotices } from './notices.ts'
import { type DatabaseLimits, type Patience, patienceOf } from './patience.ts'
import { type GeneratedClient, openPrismaClient } from './prisma-client.ts'
import { purger } from './purge.ts'
import { prismaSecrets } from './secrets.ts'
import { serverTime } from './server-time.ts'
import { prismaUsers } from './users.ts'

/**
 * Opens the durable stores over `file:…` (SQLite) or `postgresql://…`. The schema must be there: `migrate` first.
 * Rejects with `Unavailable` where the file cannot be opened; a PostgreSQL that is down shows at the first use.
 */
export async function openPrismaStores(
  options: { readonly url: string; readonly clock?: Clock } & DatabaseLimits,
): Promise<DurableStores> {
  const url = parseDatabaseUrl(options.url)
  const patience = patienceOf(options)
  const client = await connect(url, patience)
  const database = openDatabase(client, url, patience)
  return {
    users: prismaUsers(database),
    clients: prismaClients(database),
    dynamicClients: prismaDynamicClients(database),
    initialTokens: prismaInitialTokens(database),
    apis: prismaApis(database),
    consents: prismaConsents(database),
    facts: prismaFacts(database),
    notices: prismaNotices(database),
    audit: prismaAudit(database),
    databaseKeys: prismaKeys(database),
    keyMemory: prismaKeyMemory(database, options.clock ?? systemClock),
    epochs: prismaEpochs(database),
    leases: prismaLeases(database),
    secrets: prismaSecrets(database),
    purge: purger(database),
    ...(url.provider === 'postgresql' && { time: () => serverTime(database) }),
    async check() {
      await database.run((tables) => tables.counter.findMany({ take: 1 }))
    },
    close: () => client.$disconnect(),
  }
}

async function connect(database: DatabaseUrl, patience: Patience): Promise<GeneratedClient> {
  try {
    return await openPrismaClient(database, patience)
  } catch (cause) {
    throw unavailable(cause)
  }
}
