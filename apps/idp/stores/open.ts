import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '#config/config.ts'
import type { Clock } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { remembering } from './cached/remembering.ts'
import { openPrismaStores } from './prisma/open-prisma-stores.ts'
import type { RebuildEvent } from './redis/rebuild.ts'
import type { RedisServers } from './redis/servers/redis-servers.ts'
import type { DurableStores, FastStores, Stores } from './stores.ts'

/** Every store, open, and how each half is asked whether it can answer. */
export type OpenStores = Stores & {
  /** Rejects where the database cannot answer. */
  checkDurable(): Promise<void>
  /** Rejects where the embedded store or Redis cannot answer. */
  checkFast(): Promise<void>
}

/** What whoever opens the stores does meanwhile. */
export type Opening = {
  /** Told of what becomes of Redis' memory. */
  readonly report: (event: RebuildEvent) => void
  /** Agrees on the time with the servers, before the stores decide anything by it: leases, and what was lost. */
  readonly agree: (servers: Pick<OpenStores, 'time' | 'servers'>) => Promise<void>
}

const byItself: Opening = { report() {}, async agree() {} }

/**
 * Opens every store that the configuration names: the one switch between SQLite and PostgreSQL, embedded and Redis,
 * keys in files and in the database (docs/decisions/0001 has the default's reasons). Closes what it opened where a later
 * one fails.
 */
export async function openStores(config: Config, clock: Clock, opening: Opening = byItself): Promise<OpenStores> {
  const { database, keys, redis } = config
  if (database.url.startsWith('file:') || redis.url === undefined) makePrivate(config.data.directory)
  const durable = await openPrismaStores({ ...database, clock })
  try {
    const {
      check: checkFast,
      close: closeFast,
      ...fast
    } = await openFastStores(config, clock, { ...durable, ...opening })
    const { check: checkDurable, close: closeDurable } = durable
    const { servers } = fast
    return {
      ...durable,
      ...fast,
      ...(servers && remembering({ durable, fast, servers, prefix: redis.prefix, clock })),
      keys: keys.store === 'database' ? durable.databaseKeys : await openKeyFiles(keys.directory),
      checkDurable,
      checkFast,
      check: async () => void (await Promise.all([checkDurable(), checkFast()])),
      // Redis' stores tell SQL how far they are.
      close: () => closeFast().finally(closeDurable),
    }
  } catch (error) {
    await durable.close()
    throw error
  }
}

async function openFastStores(
  { redis, data, sessions, tokens }: Config,
  clock: Clock,
  { epochs, leases, facts, report, time, agree }: DurableStores & Opening,
): Promise<FastStores> {
  const settings = { clock, sessionIdle: sessions.idle, refreshLife: tokens.refreshAbsolute }
  if (redis.url !== undefined) {
    const { openRedisStores } = await import('./redis/open-redis-stores.ts')
    const { url, prefix, replicas } = redis
    const durable = { epochs, leases, facts }
    const reached = (servers: RedisServers) => agree({ servers, ...(time && { time }) })
    return openRedisStores({ ...settings, ...durable, url, prefix, replicas, report, reached }).catch((cause) => {
      throw new Unavailable(cause instanceof Error ? cause.message : 'Redis cannot be used', { cause })
    })
  }
  const { openEmbeddedStores } = await import('./embedded/open-embedded-stores.ts')
  return openEmbeddedStores({ ...settings, file: join(data.directory, 'state.db'), memory: { facts, epochs } })
}

async function openKeyFiles(directory: string) {
  const { openFileKeyStore } = await import('./files/file-key-store.ts')
  return openFileKeyStore(directory)
}

/** A directory for its owner alone: what is in it is worth a sign-in. One that is there already keeps its rights. */
function makePrivate(directory: string): void {
  if (mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(directory, 0o700)
}
