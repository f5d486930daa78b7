import type { RedisOptions } from 'ioredis'
import type { RedisHost, RedisTarget } from '#config/redis-url.ts'

/** How a server that holds data is connected to: all have the same users and the same TLS. */
export function serverOptions(target: RedisTarget, { host, port }: RedisHost, name: string): RedisOptions {
  return { ...accountOf(target, name), host, port, ...(target.tls ? { tls: {} } : {}) }
}

export type SentinelTarget = RedisTarget & { readonly topology: 'sentinel' }

/** How the primary is connected to where sentinels say that it is; a server that is none must not be taken for it. */
export function primaryOptions(target: SentinelTarget, host: RedisHost, name: string): RedisOptions {
  return { ...serverOptions(target, host, name), role: 'master' }
}

/** How a sentinel itself is connected to. */
export function sentinelOptions(target: SentinelTarget, { host, port }: RedisHost, name: string): RedisOptions {
  const { sentinelUser, sentinelPassword } = target
  return {
    host,
    port,
    connectionName: name,
    ...(sentinelUser === undefined ? {} : { username: sentinelUser }),
    ...(sentinelPassword === undefined ? {} : { password: sentinelPassword }),
    ...(target.tls ? { tls: {} } : {}),
  }
}

function accountOf({ username, password, database }: RedisTarget, name: string): RedisOptions {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    db: database,
    connectionName: name,
  }
}
