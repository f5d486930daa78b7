import { execFileSync } from 'node:child_process'
import { cpSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePorts } from '#test/support/free-ports.ts'
import { type GuardedProcess, startGuarded } from './guarded-process.ts'
import type { Lab } from './lab.ts'
import { until } from './until.ts'

export type RedisNodeOptions = {
  readonly fsync?: 'always' | 'everysec'
  readonly password?: string
  /** The port of the server that it follows from its start. */
  readonly follows?: number
  /** Variables for its process: the slow disk. */
  readonly environment?: { readonly [name: string]: string }
  /** Where its files are; a folder of the laboratory unless told. */
  readonly folder?: string
  /** More lines of its configuration. */
  readonly more?: readonly string[]
}

/** One Redis server that can be killed, frozen, wiped and given other files. */
export type RedisNode = {
  readonly port: number
  readonly url: string
  readonly folder: string
  pid(): number
  /** Runs one command on a connection of its own. */
  command(name: string, ...args: readonly (string | number)[]): Promise<unknown>
  signal(signal: NodeJS.Signals): void
  kill(): Promise<void>
  /** Starts it on its files; resolves when it answers and has loaded them, with the milliseconds that took. */
  start(): Promise<number>
  /** Copies its files, as a backup does; it may be running. */
  copyFiles(to: string): void
  /** Puts other files in the place of its own, or none. It must be down. */
  replaceFiles(from: string | undefined): void
}

/** Why there can be no Redis here; undefined where there can. */
export function whyNoRedisServer(): string | undefined {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'no redis-server: install the package redis-server'
  }
}

/** Starts a Redis server of our own: the durable settings of the operator's page unless told otherwise. */
export async function startRedisNode(lab: Lab, options: RedisNodeOptions = {}): Promise<RedisNode> {
  const { password = '', folder = lab.newFolder('redis'), environment = {} } = options
  const [port = 0] = await freePorts(1)
  const data = join(folder, 'appendonlydir')
  writeFileSync(join(folder, 'redis.conf'), linesOf(port, folder, options).join('\n'), { mode: 0o600 })
  const out = openSync(join(folder, 'redis.log'), 'a')
  const url = password ? `redis://:${password}@127.0.0.1:${port}` : `redis://127.0.0.1:${port}`
  let server: GuardedProcess | undefined

  async function start(): Promise<number> {
    const begun = performance.now()
    const env = { PATH: process.env.PATH, ...environment }
    server = startGuarded('redis-server', [join(folder, 'redis.conf')], { stdio: ['ignore', out, out], env })
    await until(() => answers(url), { within: 60_000, what: `Redis on ${port}`, every: 10 })
    return performance.now() - begun
  }

  lab.defer(async () => server?.kill())
  await start()
  return {
    port,
    url,
    folder,
    start,
    pid: () => server?.pid ?? 0,
    command: (name, ...args) => withRedis(url, (redis) => redis.call(name, ...args.map(String))),
    signal: (signal) => server?.signal(signal),
    kill: async () => server?.kill(),
    copyFiles: (to) => cpSync(data, to, { recursive: true }),
    replaceFiles(from) {
      rmSync(data, { recursive: true, force: true })
      rmSync(join(folder, 'dump.rdb'), { force: true })
      if (from) cpSync(from, data, { recursive: true })
    },
  }
}

function linesOf(port: number, folder: string, options: RedisNodeOptions): readonly string[] {
  const { fsync = 'always', password, follows, more = [] } = options
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    'save ""',
    'appendonly yes',
    `appendfsync ${fsync}`,
    'no-appendfsync-on-rewrite no',
    'maxmemory-policy noeviction',
    'repl-diskless-sync-delay 0',
    ...(password ? [`requirepass ${password}`, `masterauth ${password}`] : []),
    ...(follows ? [`replicaof 127.0.0.1 ${follows}`] : []),
    ...more,
  ]
}

async function answers(url: string): Promise<boolean> {
  return withRedis(url, async (redis) => (await redis.ping()) === 'PONG').catch(() => false)
}

/** A connection for one piece of work; rejects where nobody answers within a second. */
export async function withRedis<A>(url: string, work: (redis: Redis) => Promise<A>): Promise<A> {
  const quick = { lazyConnect: true, retryStrategy: () => null, connectTimeout: 1000, commandTimeout: 5000 }
  const redis = new Redis(url, { ...quick, enableReadyCheck: false })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}
