import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'

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

/** The server that SIGNET_TEST_REDIS_URL names, or a private one with the durable settings on a port of its own. */
export async function startRedis(): Promise<TestRedis> {
  const prefix = `signet-test-${randomBytes(6).toString('hex')}`
  const url = process.env.SIGNET_TEST_REDIS_URL
  if (!url) return { prefix, ...(await startPrivateRedis()) }
  return { url, prefix, stop: () => deleteKeys(url, prefix) }
}

/** Starts a server of our own; it ends with this process at the latest. */
export async function startPrivateRedis(): Promise<PrivateRedis> {
  const directory = mkdtempSync(join(tmpdir(), 'signet-redis-'))
  const port = await freePort()
  let server = await start(port, directory)
  return {
    url: urlOf(port),
    kill: () => server.kill(),
    signal: (signal) => void server.child.kill(signal),
    async restart() {
      await server.kill()
      server = await start(port, directory)
    },
    async stop() {
      await server.kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

type Running = { readonly child: ChildProcess; kill(): Promise<void> }

async function start(port: number, directory: string): Promise<Running> {
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory, '--save', '']
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction']
  const child = spawn('redis-server', [...settings, ...durable], { stdio: 'ignore' })
  const guard = killAfterUs(child, directory)
  await waitUntilReady(urlOf(port), child)
  return {
    child,
    async kill() {
      guard.kill('SIGKILL')
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

/** A runner may be killed itself, and then runs nothing more: the end of this pipe is noticed all the same. */
function killAfterUs({ pid }: ChildProcess, directory: string): ChildProcess {
  const task = 'cat; kill -9 "$0"; rm -rf "$1"'
  return spawn('sh', ['-c', task, `${pid}`, directory], { stdio: ['pipe', 'ignore', 'ignore'] })
}

function urlOf(port: number): string {
  return `redis://127.0.0.1:${port}`
}

function isInstalled(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function waitUntilReady(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
    redis.on('error', () => {})
    try {
      await redis.connect()
      await redis.ping()
      return
    } catch {
      await wait(50)
    } finally {
      redis.disconnect()
    }
  }
  child.kill('SIGKILL')
  throw new Error('redis-server did not start within 10 seconds')
}

async function deleteKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url)
  for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 500 })) {
    if (keys.length > 0) await redis.unlink(keys)
  }
  await redis.quit()
}
