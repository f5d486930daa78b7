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

/**
 * Runs several servers that share one port, in processes of their own; replaces one that dies. Settles when all have
 * ended, after a signal or because one could not start in the first place, with the worst of their exit codes.
 */
export function runWorkers(count: number): Promise<number> {
  cluster.setupPrimary({ exec: process.argv[1] ?? '', args: process.argv.slice(2) })
  const { promise, resolve } = Promise.withResolvers<number>()
  const living = new Set<Worker>()
  let worst: number = exitCodes.done
  let isStopping = false

  const tell = (signal: NodeJS.Signals): void => {
    for (const worker of living) worker.process.kill(signal)
  }
  // Each worker is told once: one that finishes a request would take a second word for impatience.
  const stop = (): void => {
    if (isStopping) return
    isStopping = true
    tell('SIGTERM')
    if (living.size === 0) resolve(worst)
  }
  const begin = (slot: number, hasListened = false): void => {
    if (isStopping) return
    let listens = hasListened
    const worker = cluster.fork({ [slotVariable]: `${slot}` })
    living.add(worker)
    worker.once('listening', () => {
      listens = true
    })
    worker.once('exit', (code, signal) => {
      living.delete(worker)
      if (!isStopping && listens) return void setTimeout(begin, pause, slot, listens)
      // One that was still starting knows no grace and ends by the signal it was sent.
      if (!isStopping || signal !== 'SIGTERM') worst = Math.max(worst, codeOf(code, signal))
      stop()
      if (living.size === 0) resolve(worst)
    })
  }

  onStopSignal(stop, tell)
  for (let slot = 0; slot < count; slot += 1) begin(slot)
  return promise
}

function codeOf(code: number | null, signal: string | null): number {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1]
  return number === undefined ? (code ?? exitCodes.failed) : 128 + number
}
