import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { freePorts } from './free-ports.ts'
import { accountPassword, dataAccount } from './redis-account.ts'
import { durableSettings, startRedisProcess } from './redis-process.ts'

/** A Redis for one test file. */
export type TestRedis = {
  readonly url: string
  /** A prefix that nobody else has; the keys under it are gone after `stop`. */
  readonly prefix: string
  stop(): Promise<void>
}

/** A server of our own, with the durable settings: it can be stopped and killed. */
export type PrivateRedis = {
  readonly url: string
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** `kill -9`, as if the machine died under it. */
  kill(): Promise<void>
  /** Starts it again, on the same port and files. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Why there can be no Redis here, in words; undefined where there can. Suites skip on it, visibly. */
export function whyNoRedis(): string | undefined {
  if (process.env.SIGNET_TEST_REDIS_URL || isInstalled()) return undefined
  return 'no Redis: install the package redis-server or set SIGNET_TEST_REDIS_URL'
}

/** Why there can be no server of our own here, to stop or kill; undefined where there can. */
export function whyNoPrivateRedis(): string | undefined {
  return isInstalled() ? undefined : 'no redis-server: install the package redis-server'
}

/**
 * The server that SIGNET_TEST_REDIS_URL names, or a private one with the durable settings on a port of its own. There one
 * comes in as the account of the guide for operators, so that it is seen to suffice.
 */
export async function startRedis(): Promise<TestRedis> {
  const prefix = `signet:test-${randomBytes(6).toString('hex')}`
  const url = process.env.SIGNET_TEST_REDIS_URL
  if (url) return { url, prefix, stop: () => deleteKeys(url, prefix) }
  const [port = 0] = await freePorts(1)
  const server = await startRedisProcess({ port, settings: { ...durableSettings, user: dataAccount } })
  return { url: `redis://signet:${accountPassword}@${server.address}`, prefix, stop: server.stop }
}

/** Starts a server of our own; it ends with this process at the latest. */
export async function startPrivateRedis(): Promise<PrivateRedis> {
  const [port = 0] = await freePorts(1)
  const server = await startRedisProcess({ port, settings: durableSettings })
  return {
    url: `redis://${server.address}`,
    kill: server.kill,
    signal: (signal) => (signal === 'SIGSTOP' ? server.freeze() : server.thaw()),
    restart: server.restart,
    stop: server.stop,
  }
}

function isInstalled(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function deleteKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url)
  for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 500 })) {
    if (keys.length > 0) await redis.unlink(keys)
  }
  await redis.quit()
}
