import cluster, { type Worker } from 'node:cluster'
import { constants } from 'node:os'
import { onStopSignal } from '#idp/stop-signals.ts'
import { exitCodes } from './exit-code.ts'

/** Milliseconds before a worker that died is replaced, so that one that keeps dying does not eat the machine. */
const pause = 1000

/** Tells a worker which one it is. Not a setting: it is set by the primary alone. */
const slotVariable = 'WORKER_SLOT'

/** Which worker this process is, from 0; undefined where it is none. */
export function workerSlot(): number | undefined {
  return cluster.isWorker ? Number(process.env[slotVariable]) : undefined
}

/** Lets a worker that could not start end: the channel to the primary would keep it alive. */
export function leaveWorkers(): void {
  cluster.worker?.disconnect()
}

/** Who is told of workers, the replacements too. */
export type WorkerWatch = {
  readonly begun: (worker: Worker) => void
  /** The machine had no process for one; a replacement is tried again. */
  readonly failed: (error: unknown) => void
  /** Whether SIGHUP asks the workers to read their files again, and not to stop. */
  readonly reloads: boolean
}

/**
 * Runs several servers that share one port, in processes of their own; replaces one that dies, for as long as it takes
 * where the machine has no process for it. Settles when all have ended, after a signal or because one could not start in
 * the first place, with the worst of their exit codes.
 */
export function runWorkers(count: number, { begun, failed, reloads }: WorkerWatch): Promise<number> {
  cluster.setupPrimary({ exec: process.argv[1] ?? '', args: process.argv.slice(2) })
  const { promise, resolve } = Promise.withResolvers<number>()
  const living = new Set<Worker>()
  let worst: number = exitCodes.done
  let isStopping = false

  const tell = (signal: NodeJS.Signals): void => {
    for (const worker of living) worker.process.kill(signal)
  }
  // Each worker is told once: one that finishes a request would take a second word for impatience.
  const stop = (code: number): void => {
    worst = Math.max(worst, code)
    if (!isStopping) {
      isStopping = true
      tell('SIGTERM')
    }
    if (living.size === 0) resolve(worst)
  }
  const begin = (slot: number, hasListened = false): void => {
    if (isStopping) return
    let listens = hasListened
    const replace = () => void setTimeout(begin, pause, slot, listens)
    const worker = fork(slot, (error) => {
      failed(error)
      if (worker) living.delete(worker)
      if (!isStopping && listens) replace()
      else stop(isStopping ? exitCodes.done : exitCodes.failed)
    })
    if (!worker) return
    living.add(worker)
    begun(worker)
    worker.once('listening', () => {
      listens = true
    })
    worker.once('exit', (code, signal) => {
      living.delete(worker)
      if (!isStopping && listens) return replace()
      // One that was still starting knows no grace and ends by the signal it was sent.
      const isAsked = isStopping && signal === 'SIGTERM'
      stop(isAsked ? exitCodes.done : codeOf(code, signal))
    })
  }

  onStopSignal(() => stop(exitCodes.done), tell, reloads ? tell : undefined)
  for (let slot = 0; slot < count; slot += 1) begin(slot)
  return promise
}

/** A worker; `failed` is told, once this has returned, where the machine had no memory, process or file for it. */
function fork(slot: number, failed: (error: unknown) => void): Worker | undefined {
  try {
    const worker = cluster.fork({ [slotVariable]: `${slot}` })
    // Of one that runs, it is about a message or a signal that did not reach it: its end is told by `exit`.
    worker.on('error', (error) => worker.process.pid === undefined && failed(error))
    return worker
  } catch (error) {
    process.nextTick(failed, error)
    return undefined
  }
}

function codeOf(code: number | null, signal: string | null): number {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1]
  return number === undefined ? (code ?? exitCodes.failed) : 128 + number
}
