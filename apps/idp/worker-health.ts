import type { Worker } from 'node:cluster'
import type { Config } from '#config/config.ts'
import { createLogger } from '#server/http/logging.ts'
import type { Management, ManagementParts } from '#server/management/management.ts'
import { managementListener } from '#server/management/management-listener.ts'
import { openReadiness } from '#server/management/readiness.ts'
import { type AskedWorker, reportOf, WorkerGone, type WorkerReport, workersHealth } from '#server/management/workers.ts'

/** Milliseconds in which a worker answers, its own checks included. */
const patience = 3000

type Hello = { readonly signetListens: true }
type Question = { readonly signetAsks: number }
type Answer = { readonly signetAnswers: number; readonly report: WorkerReport }

/** Health and metrics of a worker: on no port of its own, told to the primary when it asks. */
export function workerManagement({ checks, metrics }: ManagementParts): Management {
  const readiness = openReadiness(checks)
  metrics.watchReadiness(readiness.look)
  const answer = async (message: unknown): Promise<void> => {
    if (!isQuestion(message)) return
    const report = await reportOf(readiness, metrics.snapshot)
    const reply: Answer = { signetAnswers: message.signetAsks, report }
    if (process.connected) process.send?.(reply)
  }
  return {
    async listen() {
      process.on('message', answer)
      const hello: Hello = { signetListens: true }
      process.send?.(hello)
      return []
    },
    begin: readiness.begin,
    drain: readiness.drain,
    close: async () => void process.off('message', answer),
  }
}

/** The primary's listener for health and metrics of all its workers. Told of each that begins; forgets those that end. */
export type WorkersManagement = {
  add(worker: Worker): void
  /** Says that one could not be started. */
  logFailure(error: unknown): void
  close(): Promise<void>
}

/** Opens that listener. Rejects where the port is taken. */
export async function openWorkersManagement(config: Config): Promise<WorkersManagement> {
  const logger = createLogger(config)
  const living = new Map<number, AskedWorker>()
  const health = workersHealth(() => [...living.values()])
  const listener = managementListener({ config, logger, health, expose: health.expose })
  const management = await listener.listen()
  logger.info({ event: 'management', addresses: management }, 'health and metrics of all workers')
  return {
    add(worker) {
      const asked = askedWorker(worker)
      worker.on('message', (message: unknown) => {
        if (isHello(message)) living.set(worker.id, asked)
      })
      // Its channel closes with it, in whatever way it ends.
      worker.once('disconnect', () => {
        living.delete(worker.id)
        health.end(worker.id).catch((error) => logger.error({ err: error }, 'counters of a worker that ended are lost'))
      })
    },
    logFailure: (error) => logger.error({ err: error }, 'a worker could not be started'),
    close: () => listener.close(),
  }
}

function askedWorker(worker: Worker): AskedWorker {
  const waiting = new Map<number, (report: WorkerReport) => void>()
  let asked = 0
  worker.on('message', (message: unknown) => {
    if (isAnswer(message)) waiting.get(message.signetAnswers)?.(message.report)
  })
  return {
    id: worker.id,
    ask() {
      const { promise, resolve, reject } = Promise.withResolvers<WorkerReport>()
      asked += 1
      const number = asked
      waiting.set(number, resolve)
      const late = setTimeout(() => reject(new Error('a worker did not answer')), patience)
      const hasEnded = () => reject(new WorkerGone())
      worker.once('disconnect', hasEnded)
      const question: Question = { signetAsks: number }
      worker.send(question, (error) => error && hasEnded())
      return promise.finally(() => {
        clearTimeout(late)
        worker.off('disconnect', hasEnded)
        waiting.delete(number)
      })
    },
  }
}

function isHello(message: unknown): message is Hello {
  return typeof message === 'object' && message !== null && 'signetListens' in message
}

function isQuestion(message: unknown): message is Question {
  return typeof message === 'object' && message !== null && 'signetAsks' in message
}

function isAnswer(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && 'signetAnswers' in message
}
