import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { causesOf, mayPass } from './start-failure.ts'

export type Patience = {
  readonly logger: Logger
  /** Ends the waiting; the promise rejects with its reason. */
  readonly signal: AbortSignal
  /** Told of every failure that may pass. */
  readonly failed?: (error: unknown) => void
}

/** Milliseconds between two attempts, the first and the longest. */
const pause = { first: 250, longest: 2000 }

/**
 * Tries until it works: after a failure that may pass by itself, again in a moment. Any other failure is thrown at once.
 * The log has each reason once, not each attempt.
 */
export async function untilUp<T>(attempt: () => Promise<T>, { logger, signal, failed }: Patience): Promise<T> {
  let told = ''
  for (let next = pause.first; ; next = Math.min(next * 2, pause.longest)) {
    signal.throwIfAborted()
    try {
      return await unlessAborted(attempt(), signal)
    } catch (error) {
      if (signal.aborted || !mayPass(error)) throw error
      failed?.(error)
      const reason = reasonOf(error)
      if (reason !== told) logger.warn({ event: 'waiting', reason }, 'waiting for what this server needs')
      told = reason
    }
    // Many servers that wait for one database do not come back all at once.
    await wait(next * (0.75 + Math.random() / 2), undefined, { signal })
  }
}

/** Nobody waits for an attempt that may take seconds when the process is told to stop. */
async function unlessAborted<T>(attempt: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop)
  return Promise.race([attempt, promise]).finally(() => signal.removeEventListener('abort', stop))
}

/** Why, without what a driver may quote: the outermost message and the codes below it. */
function reasonOf(error: unknown): string {
  const [first, ...inner] = causesOf(error)
  const codes = inner.flatMap((cause) => ('code' in cause && typeof cause.code === 'string' ? [cause.code] : []))
  return [first?.message ?? String(error), ...(codes[0] ? [`(${codes[0]})`] : [])].join(' ')
}
