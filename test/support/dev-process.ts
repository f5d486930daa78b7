import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'

/** Where one `signet dev` lives: a folder and ports that nobody else has, so that several run side by side. */
export type DevHome = {
  readonly directory: string
  readonly issuer: string
  readonly app: string
  readonly api: string
  readonly health: string
  readonly flags: readonly string[]
  forget(): void
}

/** An empty folder and free ports. */
export async function aDevHome(): Promise<DevHome> {
  const directory = mkdtempSync(join(tmpdir(), 'signet-dev-'))
  const [port, appPort, apiPort, managementPort] = await freePorts(4)
  const flags = { port, 'app-port': appPort, 'api-port': apiPort, 'management-port': managementPort }
  return {
    directory,
    issuer: `http://localhost:${port}`,
    app: `http://localhost:${appPort}`,
    api: `http://localhost:${apiPort}`,
    health: `http://127.0.0.1:${managementPort}/health/ready`,
    flags: Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
    forget: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** A `signet dev` that runs. */
export type DevProcess = {
  readonly process: ChildProcess
  /** Everything that it has said so far. */
  output(): string
  /** Seconds from the start of the process until it said that it is ready. */
  readonly seconds: number
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly ended: Promise<number | string | null>
}

const bin = join(import.meta.dirname, '../../apps/cli/bin.mjs')

/** Starts `signet dev` in a home and waits until it is ready; rejects with what it said where it ends before that. */
export function startDev(home: DevHome, more: readonly string[] = []): Promise<DevProcess> {
  const begun = performance.now()
  const env = { PATH: process.env.PATH, HOME: home.directory, NO_COLOR: '1' }
  const child = spawn(process.execPath, [bin, 'dev', ...home.flags, ...more], { cwd: home.directory, env })
  let said = ''
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code))
  })
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (!said.includes('Ctrl-C')) return
        resolve({ process: child, output: () => said, seconds: (performance.now() - begun) / 1000, ended })
      })
    }
    ended.then((how) => reject(new Error(`signet dev ended (${how}):\n${said}`)))
  })
}

/** The password that a first start printed; undefined where none was. */
export function passwordIn(output: string): string | undefined {
  return /^\s*Password\s+([a-z]{5}(?:-[a-z]{5}){3})\b/m.exec(output)?.[1]
}
