import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'

/** Settings of redis.conf; a list writes the setting several times. */
export type RedisSettings = { readonly [name: string]: string | number | readonly string[] }

export type Command = readonly (string | number)[]

/** One redis-server of ours, with files and a port that it keeps over restarts. */
export type RedisProcess = {
  readonly port: number
  /** `host:port`. */
  readonly address: string
  readonly directory: string
  /** Undefined while it is not running. */
  readonly pid: number | undefined
  /** Running and not frozen. */
  readonly isAwake: boolean
  /** `SIGSTOP`: connections stay open, and nothing is answered. */
  freeze(): void
  thaw(): void
  /** `kill -9`, as if the machine died under it. */
  kill(): Promise<void>
  /** Starts it again, on the same port and files, and waits until it answers. Kills it first where it runs. */
  restart(): Promise<void>
  /** One command to it, as its administrator, over a connection of its own. */
  call(command: string, ...args: readonly (string | number)[]): Promise<unknown>
  /** Several, in their order. Throws the first error. */
  calls(commands: readonly Command[]): Promise<readonly unknown[]>
  stop(): Promise<void>
}

/** What tokens-and-stores asks of every server that holds tokens. */
export const durableSettings: RedisSettings = {
  save: '""',
  appendonly: 'yes',
  appendfsync: 'always',
  'no-appendfsync-on-rewrite': 'no',
  'maxmemory-policy': 'noeviction',
}

export type RedisProcessOptions = {
  readonly port: number
  readonly settings: RedisSettings
  /** How its administrator comes in, where it lets nobody in without a password or plain text. */
  readonly administrator?: { readonly username?: string; readonly password?: string; readonly port?: number }
  readonly sentinel?: boolean
}

/** Starts redis-server (or a Sentinel) from a configuration file of its own, so that it may rewrite it. */
export async function startRedisProcess(options: RedisProcessOptions): Promise<RedisProcess> {
  const { port, settings, administrator, sentinel = false } = options
  const directory = mkdtempSync(join(tmpdir(), 'signet-redis-'))
  const file = join(directory, 'redis.conf')
  writeFileSync(file, configurationOf({ port, bind: '127.0.0.1', dir: directory, ...settings }))
  const calls = (commands: readonly Command[]) => callAll({ port, ...administrator }, commands)
  const call = async (...command: Command) => (await calls([command]))[0]
  const begin = () => run(sentinel ? [file, '--sentinel'] : [file], directory)
  let running = begin()
  let frozen = false

  async function answering(): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      if (running.child.exitCode !== null) throw new Error(`redis-server ended with ${running.child.exitCode}`)
      if ((await call('PING').catch(() => '')) === 'PONG') return
      await wait(50)
    }
    await running.kill()
    throw new Error('redis-server did not start within 10 seconds')
  }
  await answering()
  return {
    port,
    address: `127.0.0.1:${port}`,
    directory,
    get pid() {
      return running.isAlive() ? running.child.pid : undefined
    },
    get isAwake() {
      return running.isAlive() && !frozen
    },
    call,
    calls,
    freeze() {
      frozen = running.child.kill('SIGSTOP')
    },
    thaw() {
      frozen = !running.child.kill('SIGCONT')
    },
    kill: () => running.kill(),
    async restart() {
      await running.kill()
      frozen = false
      running = begin()
      await answering()
    },
    async stop() {
      await running.kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Asks until the answer is true. Throws with `what` after `seconds`. */
export async function until(what: string, isSo: () => Promise<boolean>, seconds = 20): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (performance.now() < deadline) {
    if (await isSo().catch(() => false)) return
    await wait(25)
  }
  throw new Error(`${what}: not within ${seconds} seconds`)
}

function configurationOf(settings: RedisSettings): string {
  const lines = Object.entries(settings).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one) => `${name} ${one}`) : [`${name} ${value}`],
  )
  return `${lines.join('\n')}\n`
}

type Running = { readonly child: ChildProcess; isAlive(): boolean; kill(): Promise<void> }

function run(args: readonly string[], directory: string): Running {
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  const guard = killAfterUs(child, directory)
  const isAlive = () => child.exitCode === null && child.signalCode === null
  return {
    child,
    isAlive,
    async kill() {
      guard.kill('SIGKILL')
      if (!isAlive()) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

/** A runner may be killed itself, and then runs nothing more: the end of this pipe is noticed all the same. */
function killAfterUs({ pid }: ChildProcess, directory: string): ChildProcess {
  const task = 'read -r _; kill -9 "$0"; rm -rf "$1"'
  return spawn('sh', ['-c', task, `${pid}`, directory], { stdio: ['pipe', 'ignore', 'ignore'] })
}

type Door = { readonly port: number; readonly username?: string; readonly password?: string }

async function callAll(door: Door, commands: readonly Command[]): Promise<readonly unknown[]> {
  const limits = { connectTimeout: 1000, commandTimeout: 5000, maxRetriesPerRequest: 0, enableReadyCheck: false }
  const redis = new Redis({ ...door, ...limits, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await Promise.all(commands.map(([name, ...args]) => redis.call(String(name), ...args)))
  } finally {
    redis.disconnect()
  }
}
