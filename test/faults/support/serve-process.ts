import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Config } from '#config/config.ts'
import { loadConfig } from '#config/load.ts'
import { freePorts } from '#test/support/free-ports.ts'

/** Where servers live one after the other: a folder, ports and settings that stay the same from start to start. */
export type ServeHome = {
  readonly folder: string
  readonly issuer: string
  /** The address of health and metrics. */
  readonly management: string
  readonly settings: { readonly [name: string]: string }
  /** The very configuration of the server, for who opens its stores while it is down. */
  readonly config: Config
  readonly secret: string
  forget(): void
}

/** An empty folder for a server on the embedded stores; `more` are settings by name. */
export async function aServeHome(more: { readonly [name: string]: string } = {}): Promise<ServeHome> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-faults-'))
  const [port, managementPort] = await freePorts(2)
  const issuer = `http://localhost:${port}`
  const settings = {
    issuer,
    'listen.port': String(port),
    'management.port': String(managementPort),
    'data.directory': join(folder, 'data'),
    'keys.directory': join(folder, 'keys'),
    ...more,
  }
  const secret = randomBytes(32).toString('base64')
  const forget = () => rmSync(folder, { recursive: true, force: true })
  // A start that fails must leave nothing behind either.
  process.once('exit', forget)
  return {
    folder,
    issuer,
    management: `http://127.0.0.1:${managementPort}`,
    settings,
    config: loadConfig({ mode: 'serve', env: { SIGNET_KEYS_SECRET: secret }, flags: settings }),
    secret,
    forget,
  }
}

/** A `signet serve` that listens. */
export type ServeProcess = {
  readonly pid: number
  /** Seconds from the start of the process until it said that it listens. */
  readonly seconds: number
  /** What it logged, one JSON object per line, the newest thousands of lines. */
  readonly log: readonly string[]
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly ended: Promise<number | string | null>
  kill(signal: NodeJS.Signals): void
}

const mostLines = 20_000

/** Starts `signet serve` as an operator would and waits until it listens; rejects with its log where it ends before. */
export async function startServe(home: ServeHome): Promise<ServeProcess> {
  const begun = performance.now()
  const child = beginSignet(home, ['serve'])
  const log: string[] = []
  const ended = endOf(child)
  const guard = killAfterUs(child)
  ended.then(() => guard.kill('SIGKILL'))
  const seconds = await new Promise<number>((resolve, reject) => {
    for (const input of [child.stdout, child.stderr].filter((stream) => stream !== null)) {
      createInterface({ input }).on('line', (line) => {
        log.push(line)
        if (log.length > mostLines) log.splice(0, mostLines / 2)
        if (line.includes('"event":"listening"')) resolve((performance.now() - begun) / 1000)
      })
    }
    ended.then((how) => reject(new Error(`signet serve ended (${how}) before it listened:\n${log.join('\n')}`)))
  })
  return { pid: child.pid ?? 0, seconds, log, ended, kill: (signal) => void child.kill(signal) }
}

const bin = join(import.meta.dirname, '../../../apps/cli/bin.mjs')

/** Starts `signet …` beside the server, with the same settings. */
export function beginSignet(home: ServeHome, args: readonly string[]): ChildProcess {
  const flags = Object.entries(home.settings).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const env = { PATH: process.env.PATH, HOME: home.folder, NO_COLOR: '1', SIGNET_KEYS_SECRET: home.secret }
  return spawn(process.execPath, [bin, ...flags, ...args], {
    cwd: home.folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs `signet … --json` to its end; undefined where it failed. */
export async function signetJson(
  home: ServeHome,
  args: readonly string[],
): Promise<{ readonly [name: string]: unknown } | undefined> {
  const child = beginSignet(home, [...args, '--json'])
  let out = ''
  child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  child.stderr?.resume()
  return (await endOf(child)) === 0 ? JSON.parse(out) : undefined
}

function endOf(child: ChildProcess): Promise<number | string | null> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)))
}

/** A runner may be killed itself, and then runs nothing more: the end of this pipe is noticed all the same. */
function killAfterUs({ pid }: ChildProcess): ChildProcess {
  const guard = spawn('sh', ['-c', 'cat; kill -9 "$0"', `${pid}`], { stdio: ['pipe', 'ignore', 'ignore'] })
  guard.unref()
  return guard
}
