import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'

/** How a run of the command ended, and what it said. */
export type Run = { readonly code: number | null; readonly out: string; readonly err: string }

/** What a run is given beside its arguments. */
export type Given = { readonly input?: string; readonly env?: { readonly [name: string]: string } }

/** A machine of its own for the command: empty folders, a keys.secret, no settings of whoever runs the tests. */
export type Machine = {
  readonly folder: string
  readonly env: { readonly [name: string]: string }
  /** Runs `signet …` as a real process, to its end. */
  signet(args: readonly string[], given?: Given): Promise<Run>
  /** The same with `--json`; fails where it does not end well. */
  json<T = Shape>(args: readonly string[], given?: Given): Promise<T>
  /** Starts `signet …` and leaves it running. */
  begin(args: readonly string[], given?: Given): ChildProcess
  remove(): void
}

/** An object of JSON. */
export type Shape = { readonly [name: string]: unknown }

export const keysSecret = 'kq3vYwq2mWz0cQe1T8bX5nL7sJ4hR6uDfGpA9iOyZtE='

/** Every run is a process of its own, and a busy machine starts them slowly. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

export const bin = join(import.meta.dirname, '../../apps/cli/bin.mjs')

/** Makes the machine; `migrate` brings its database up to date. */
export async function aMachine({ migrate = true }: { readonly migrate?: boolean } = {}): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-cli-'))
  const env = {
    PATH: process.env.PATH ?? '',
    NO_COLOR: '1',
    SIGNET_DATA_DIR: join(folder, 'data'),
    SIGNET_KEYS_DIR: join(folder, 'keys'),
    SIGNET_KEYS_SECRET: keysSecret,
  }
  const begin: Machine['begin'] = (args, given = {}) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd: folder, env: { ...env, ...given.env } })
    child.stdin.on('error', () => {})
    child.stdin.end(given.input ?? '')
    return child
  }
  const signet: Machine['signet'] = (args, given) => ended(begin(args, given))
  const machine: Machine = {
    folder,
    env,
    begin,
    signet,
    async json(args, given) {
      const { code, out, err } = await signet([...args, '--json'], given)
      if (code !== 0) throw new Error(`signet ${args.join(' ')} ended with ${code}: ${err}`)
      return JSON.parse(out)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
  if (migrate) await machine.json(['db', 'migrate'])
  return machine
}

/** Everything that a process says until it ends. */
export function ended(child: ChildProcess): Promise<Run> {
  const said = { out: '', err: '' }
  child.stdout?.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr?.on('data', (chunk) => {
    said.err += chunk
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...said }))
  })
}
