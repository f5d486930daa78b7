import { execFile } from 'node:child_process'
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { freePorts } from '#test/support/free-ports.ts'
import { type GuardedProcess, startGuarded } from './guarded-process.ts'
import type { Lab } from './lab.ts'
import { until } from './until.ts'

export type MachineOptions = {
  readonly name: string
  /** Environment variables: the settings of the server, as an operator writes them. */
  readonly settings: { readonly [name: string]: string }
  /** The checkout that it runs from; this one unless told. */
  readonly root?: string
  /** A planted bug, by name (`plants/`). */
  readonly plant?: string | undefined
}

/** A machine with one `signet serve`: its ports, its folder and its log stay the same from start to start. */
export type Machine = {
  readonly name: string
  readonly port: number
  /** Where the drive reaches it; requests are addressed to the issuer all the same. */
  readonly url: string
  readonly management: string
  readonly logFile: string
  isRunning(): boolean
  pid(): number
  /** Starts the server, on another checkout where told; resolves when it listens, with the milliseconds that took. */
  start(root?: string): Promise<number>
  /** Starts it and does not wait. */
  launch(root?: string): void
  kill(): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** SIGTERM; resolves with the exit code, or with the signal that ended it. */
  stop(): Promise<number | string>
  /** Runs `signet …` on this machine; the JSON that it printed. Rejects with what it said where it failed. */
  signet(args: readonly string[], input?: string): Promise<unknown>
  isReady(): Promise<boolean>
  /** Sets the wall clock off by so many seconds, within a quarter of a second. */
  shiftClock(seconds: number): void
  /** All that it has logged. */
  log(): string
}

/** The checkout that this bench is a part of. */
export const thisCheckout = join(import.meta.dirname, '../../..')
const clockPreload = pathToFileURL(join(import.meta.dirname, 'clock-preload.ts')).href
const plantPreload = pathToFileURL(join(import.meta.dirname, '../plants/plant-preload.ts')).href

/** A machine that is still down. */
export async function aMachine(lab: Lab, options: MachineOptions): Promise<Machine> {
  const { name, settings, root = thisCheckout, plant } = options
  const folder = lab.newFolder(name)
  const [port = 0, managementPort = 0] = await freePorts(2)
  const logFile = join(folder, 'signet.log')
  const clockFile = join(folder, 'clock')
  writeFileSync(clockFile, '0')
  const out = openSync(logFile, 'a')
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    NO_COLOR: '1',
    SIGNET_DATA_DIR: join(folder, 'data'),
    SIGNET_PORT: String(port),
    SIGNET_MANAGEMENT_PORT: String(managementPort),
    ...settings,
  }
  const preloads = [clockPreload, ...(plant ? [plantPreload] : [])].map((url) => `--import=${url}`)
  const planted = plant ? { LAB_PLANT: plant, LAB_PLANT_ROOT: root } : {}
  const serving = { ...environment, ...planted, LAB_CLOCK_FILE: clockFile, NODE_OPTIONS: preloads.join(' ') }
  let server: GuardedProcess | undefined
  const bin = (from: string) => join(from, 'apps/cli/bin.mjs')

  function launch(from = root): void {
    const options = { cwd: folder, env: serving, stdio: ['ignore' as const, out, out] }
    server = startGuarded(process.execPath, [bin(from), 'serve'], options)
  }

  async function start(from = root): Promise<number> {
    const begun = performance.now()
    const known = statSync(logFile).size
    launch(from)
    await until(
      () => {
        const said = readFrom(logFile, known)
        if (said.includes('"event":"listening"')) return true
        if (server?.isRunning()) return false
        throw new Error(`signet serve on ${name} ended before it listened:\n${said.slice(-4000)}`)
      },
      { within: 90_000, what: `signet serve on ${name}` },
    )
    return performance.now() - begun
  }

  lab.defer(async () => server?.kill())
  return {
    name,
    port,
    url: `http://127.0.0.1:${port}`,
    management: `http://127.0.0.1:${managementPort}`,
    logFile,
    start,
    launch,
    isRunning: () => server?.isRunning() ?? false,
    pid: () => server?.pid ?? 0,
    kill: async () => server?.kill(),
    signal: (signal) => server?.signal(signal),
    async stop() {
      server?.signal('SIGTERM')
      return (await server?.ended) ?? 0
    },
    signet: (args, input) => runSignet([bin(root), ...args, '--json'], { cwd: folder, env: environment }, input),
    isReady: () => isReady(`http://127.0.0.1:${managementPort}/health/ready`),
    shiftClock: (seconds) => writeFileSync(clockFile, String(seconds * 1000)),
    log: () => readFileSync(logFile, 'utf8'),
  }
}

function readFrom(path: string, offset: number): string {
  const length = statSync(path).size - offset
  const bytes = Buffer.alloc(Math.max(0, length))
  const file = openSync(path, 'r')
  try {
    readSync(file, bytes, 0, bytes.length, offset)
  } finally {
    closeSync(file)
  }
  return bytes.toString()
}

type Place = { readonly cwd: string; readonly env: { readonly [name: string]: string } }

function runSignet(args: readonly string[], place: Place, input = ''): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const child = execFile(process.execPath, [...args], { ...place, maxBuffer: 64 << 20 }, (error, out, said) => {
    if (error) reject(new Error(`signet ${args.slice(1).join(' ')}: ${said}`, { cause: error }))
    else resolve(out.trim() === '' ? undefined : JSON.parse(out))
  })
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  return promise
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3000) })
    await response.body?.cancel()
    return response.status === 200
  } catch {
    return false
  }
}
