import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process of ours. It ends with this program at the latest, even where this program is killed. */
export type GuardedProcess = {
  readonly pid: number
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly ended: Promise<number | string>
  isRunning(): boolean
  /** Sends a signal to this process alone; nothing where it has ended. */
  signal(signal: NodeJS.Signals): void
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>
}

/** Starts a program under a guard: the end of the guard's input, by whatever death of ours, kills the program by its pid. */
export function startGuarded(command: string, args: readonly string[], options: SpawnOptions = {}): GuardedProcess {
  const child = spawn(command, args, { stdio: 'ignore', ...options })
  let isRunning = true
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? code ?? 0))
  }).finally(() => {
    isRunning = false
    guard?.kill('SIGKILL')
  })
  const guard = child.pid === undefined ? undefined : killAfterUs(child.pid)
  return {
    pid: child.pid ?? 0,
    ended,
    isRunning: () => isRunning,
    signal: (signal) => void (isRunning && child.kill(signal)),
    async kill() {
      if (isRunning) child.kill('SIGKILL')
      await ended
    },
  }
}

function killAfterUs(pid: number): ChildProcess {
  const guard = spawn('sh', ['-c', 'cat; kill -9 "$0"', `${pid}`], { stdio: ['pipe', 'ignore', 'ignore'] })
  guard.unref()
  return guard
}

/** The process and all that it has started, itself first. */
export function processTree(pid: number): readonly number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return [pid, ...children.split(' ').filter(Boolean).map(Number).flatMap(processTree)]
  } catch {
    return []
  }
}
