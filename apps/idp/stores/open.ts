import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '#config/config.ts'
import type { Clock } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { openPrismaStores } from './prisma/open-prisma-stores.ts'
import type { FastStores, Stores } from './stores.ts'

/** Every store, open, and how each half is asked whether it can answer. */
export type OpenStores = Stores & {
  /** Rejects where the database cannot answer. */
  checkDurable(): Promise<void>
  /** Rejects where the embedded store or Redis cannot answer. */
  checkFast(): Promise<void>
}

/**
 * Opens every store that the configuration names: the one switch between SQLite and PostgreSQL, embedded and Redis,
 * keys in files and in the database (docs/decisions/0001 has the default's reasons). Closes what it opened where a later
 * one fails.
 */
export async function openStores(config: Config, clock: Clock): Promise<OpenStores> {
  const { database, keys } = config
  if (database.url.startsWith('file:') || config.redis.url === undefined) makePrivate(config.data.directory)
  const durable = await openPrismaStores({ url: database.url, clock })
  try {
    const { check: checkFast, close: closeFast, ...fast } = await openFastStores(config, clock)
    const { check: checkDurable, close: closeDurable } = durable
    return {
      ...durable,
      ...fast,
      keys: keys.store === 'database' ? durable.databaseKeys : await openKeyFiles(keys.directory),
      checkDurable,
      checkFast,
      check: async () => void (await Promise.all([checkDurable(), checkFast()])),
      close: async () => void (await Promise.all([closeDurable(), closeFast()])),
    }
  } catch (error) {
    await durable.close()
    throw error
  }
}

async function openFastStores({ redis, data, sessions, tokens }: Config, clock: Clock): Promise<FastStores> {
  const settings = { clock, sessionIdle: sessions.idle, refreshLife: tokens.refreshAbsolute }
  if (redis.url !== undefined) {
    const { openRedisStores } = await import('./redis/open-redis-stores.ts')
    return openRedisStores({ ...settings, url: redis.url }).catch((cause) => {
      throw new Unavailable(cause instanceof Error ? cause.message : 'Redis cannot be used', { cause })
    })
  }
  const { openEmbeddedStores } = await import('./embedded/open-embedded-stores.ts')
  return openEmbeddedStores({ ...settings, file: join(data.directory, 'state.db') })
}

async function openKeyFiles(directory: string) {
  const { openFileKeyStore } = await import('./files/file-key-store.ts')
  return openFileKeyStore(directory)
}

/** A directory for its owner alone: what is in it is worth a sign-in. One that is there already keeps its rights. */
function makePrivate(directory: string): void {
  if (mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(directory, 0o700)
}
