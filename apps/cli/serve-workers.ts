import cluster, { type Worker } from 'node:cluster'
import { constants } from 'node:os'
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
 * Runs several servers that share one port, in processes of their own; replaces one that dies. Settles with the exit
 * code when all have ended: after a signal, or because one could not start in the first place.
 */
export function runWorkers(count: number): Promise<number> {
  cluster.setupPrimary({ exec: process.argv[1] ?? '', args: process.argv.slice(2) })
  const { promise, resolve } = Promise.withResolvers<number>()
  const living = new Set<Worker>()
  let exitCode: number | undefined

  const stop = (code: number): void => {
    exitCode ??= code
    for (const worker of living) worker.process.kill('SIGTERM')
    if (living.size === 0) resolve(exitCode)
  }
  const begin = (slot: number, hasListened = false): void => {
    if (exitCode !== undefined) return
    let listens = hasListened
    const worker = cluster.fork({ [slotVariable]: `${slot}` })
    living.add(worker)
    worker.once('listening', () => {
      listens = true
    })
    worker.once('exit', (code, signal) => {
      living.delete(worker)
      if (exitCode !== undefined || !listens) stop(codeOf(code, signal))
      else setTimeout(begin, pause, slot, listens)
    })
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(exitCodes.done))
  for (let slot = 0; slot < count; slot += 1) begin(slot)
  return promise
}

function codeOf(code: number | null, signal: string | null): number {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1]
  return number === undefined ? (code ?? exitCodes.failed) : 128 + number
}
