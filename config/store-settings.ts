import type { Config } from './config.ts'
import { keyPrefix } from './key-prefix.ts'
import { integer, list, maybe, oneOf, shortDuration } from './kinds.ts'
import { redisRisks } from './redis-risks.ts'
import type { SettingsOf } from './setting.ts'
import { databaseUrl, redisUrl } from './store-url.ts'

const databaseWait = shortDuration({ least: 0.1, most: 60 })

/** Where things are kept, and how patient we are there: the part of `settings` about the two stores. */
export const storeSettings: SettingsOf<Pick<Config, 'database' | 'redis'>> = {
  'database.url': {
    environment: 'DATABASE_URL',
    kind: databaseUrl,
    default: 'file:data/signet.db',
    about:
      'What must never be lost: SQLite (`file:`, in `data.directory` unless told) or PostgreSQL (`postgresql://`; where ' +
      'one server takes over from another, with all of them: `…@a:5432,b:5432/…`).',
    secret: 'password',
  },
  'database.connections': {
    environment: 'SIGNET_DATABASE_CONNECTIONS',
    kind: integer({ least: 1, most: 1000 }),
    default: 10,
    about: 'How many connections to PostgreSQL one process opens at most.',
  },
  'database.statementTimeout': {
    environment: 'SIGNET_DATABASE_STATEMENT_TIMEOUT',
    kind: databaseWait,
    default: '1500ms',
    about: 'How long one statement may take in PostgreSQL.',
  },
  'database.lockTimeout': {
    environment: 'SIGNET_DATABASE_LOCK_TIMEOUT',
    kind: databaseWait,
    default: '1s',
    about: 'How long one statement may wait for a lock in PostgreSQL.',
  },
  'redis.url': {
    environment: 'REDIS_URL',
    kind: maybe(redisUrl),
    default: undefined,
    about:
      'Where what is fast and short is shared by several servers: `redis://`, `rediss://`, `redis+sentinel://` or ' +
      '`redis+cluster://`; without it, an embedded store in `data.directory`.',
    secret: 'password',
  },
  'redis.prefix': {
    environment: 'SIGNET_REDIS_PREFIX',
    kind: keyPrefix,
    default: 'signet',
    about: 'What every key in Redis begins with; it cannot change later without signing everybody out.',
  },
  'redis.replicas': {
    environment: 'SIGNET_REDIS_REPLICAS',
    kind: integer({ least: 0, most: 10 }),
    default: 0,
    about: 'How many replicas of Redis must have a write before it is acknowledged; 1 with Sentinel or Cluster.',
  },
  'redis.accept': {
    environment: 'SIGNET_REDIS_ACCEPT',
    kind: list(oneOf(...redisRisks)),
    default: [],
    about: 'Findings of `signet doctor` about Redis that you accept: `signet serve` starts in spite of them.',
  },
}
