import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Failure } from './exit-code.ts'

/** A sample program to start: its file, its settings, and what to call it. */
export type Program = {
  readonly name: string
  readonly file: string
  readonly env: { readonly [name: string]: string }
}

/** A sample program that listens. */
export type RunningChild = {
  readonly name: string
  /** Settles when it has ended, with how; it should not, until it is stopped. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** How long a program may take to start, and to stop before it is killed; milliseconds. */
const patience = { start: 15_000, stop: 3_000 }

/** Starts a program and waits until it says that it listens. What else it says is passed on, under its name. */
export async function startChild({ name, file, env }: Program): Promise<RunningChild> {
  const leash = new URL('./dev-leash.ts', import.meta.url).href
  const child = fork(file, [], {
    execArgv: ['--import', leash],
    env: { PATH: process.env.PATH, NODE_ENV: process.env.NODE_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ? `by ${signal}` : `with code ${code}`))
    child.once('error', (error) => resolve(error.message))
  })
  const stop = () => stopChild(child, ended)
  try {
    await listening(child, name, ended)
  } catch (error) {
    await stop()
    throw error
  }
  return { name, ended, stop }
}

async function listening(child: ChildProcess, name: string, ended: Promise<string>): Promise<void> {
  let late: NodeJS.Timeout | undefined
  const listens = new Promise<void>((resolve, reject) => {
    late = setTimeout(() => reject(new Failure('failed', `The ${name} did not start in time.`)), patience.start)
    ended.then((how) => reject(new Failure('failed', `The ${name} ended ${how} while starting.`)))
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue
      createInterface({ input: stream }).on('line', (line) => {
        if (line.includes(' listening on ')) resolve()
        else process.stderr.write(`[${name}] ${line}\n`)
      })
    }
  })
  return listens.finally(() => clearTimeout(late))
}

async function stopChild(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), patience.stop)
  await ended
  clearTimeout(killer)
}
