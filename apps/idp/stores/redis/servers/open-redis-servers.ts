import { type RedisTarget, readRedisUrl } from '#config/redis-url.ts'
import { clusterServers } from './cluster-servers.ts'
import { serverOptions } from './redis-options.ts'
import type { RedisServers } from './redis-servers.ts'
import { singleServer, watchedServer } from './single-server.ts'

/** Milliseconds for the first connection. */
const patience = 3000

export type RedisServersOptions = {
  /** How many replicas must have a write before it is answered; 0 waits for none. */
  readonly replicas: number
  /** What the connections are called in CLIENT LIST: no blanks. */
  readonly name?: string
  /**
   * Whether to return at once and connect for as long as it takes: then `run` is `Unavailable` until there is a
   * connection. Otherwise the first connection has three seconds.
   */
  readonly background?: boolean
}

/** Servers that may not be connected yet. */
export type OpeningServers = RedisServers & {
  /** Undefined as soon as they can be used; else why not, at once where waiting does not help, or after `patience` (ms). */
  firstFailure(patience: number): Promise<string | undefined>
}

/**
 * Opens Redis in any of the four forms of its URL. Rejects with the reason and the address, never the password, where
 * the URL is wrong or, unless in the background, where Redis cannot be used.
 */
export async function openRedisServers(url: string, options: RedisServersOptions): Promise<RedisServers> {
  const reading = readRedisUrl(url)
  if ('fault' in reading) throw new Error(`The Redis URL cannot be used: ${reading.fault} ${reading.mend}`)
  const target = reading.value
  const servers = begin(target, options)
  if (options.background) return servers
  const failure = await servers.firstFailure(patience)
  if (failure === undefined) return servers
  await servers.close()
  throw new Error(`Redis at ${addressesOf(target)} cannot be used: ${failure}`)
}

function begin(target: RedisTarget, { replicas, name = 'signet' }: RedisServersOptions): OpeningServers {
  if (target.topology === 'sentinel') return watchedServer(target, name, replicas)
  const optionsFor = (host: RedisTarget['hosts'][number]) => serverOptions(target, host, name)
  if (target.topology === 'cluster') return clusterServers(target.hosts, optionsFor, replicas)
  const [host = { host: '', port: 0 }] = target.hosts
  return singleServer(optionsFor(host), replicas)
}

function addressesOf({ hosts }: RedisTarget): string {
  return hosts.map(({ host, port }) => `${host}:${port}`).join(', ')
}
