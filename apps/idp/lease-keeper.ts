import type { Logger } from 'pino'
import { type Clock, later } from '#core/clock.ts'
import type { LeaseStore } from '#stores/lease-store.ts'
import type { Bell } from './bell.ts'

export type LeaseParts = {
  readonly leases: LeaseStore
  readonly clock: Clock
  /** Who this process is, among all that ask. */
  readonly holder: string
  readonly logger: Logger
  /** Runs something once, so many milliseconds from now; answers how to take that back. Real time unless told. */
  readonly after?: (milliseconds: number, run: () => void) => () => void
}

/** Work that one process at a time does. */
export type LeasedWork = {
  /** The lease's name in SQL. */
  readonly name: string
  /** Milliseconds from the end of one round to the start of the next. */
  readonly every: number
  /** Rung where a round should not wait for the pause to be over. */
  readonly bell?: Bell
  /** One round. The signal is given where the lease is lost or the server stops: end at the next good point. */
  readonly work: (signal: AbortSignal) => Promise<void>
}

/** Seconds: how long a lease outlives a holder that died, and how often it is renewed and asked for. */
const life = 15
const renewal = 4

function realTimer(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds)
  timer.unref()
  return () => clearTimeout(timer)
}

/**
 * Does work while this process holds the lease: a round at once, then one after each pause. Whoever does not hold it
 * asks every few seconds, so that the work goes on within twenty seconds of the holder's death. A round that fails is
 * logged, once until one succeeds, and the next one does its work. A bell begins one early, or right after the one that
 * is under way. Answers how to stop: a round under way is told and awaited, then the lease is given back. May be called
 * again, by whoever has to know that it has ended.
 */
export function underLease(parts: LeaseParts, { name, every, bell, work }: LeasedWork): () => Promise<void> {
  const { leases, clock, holder, logger, after = realTimer } = parts
  let losing = new AbortController()
  let isHeld = false
  let hasLease = false
  let isStopped = false
  let isFailing = false
  let isWoken = false
  let round: Promise<void> | undefined
  let asking: Promise<void> | undefined
  let cancelRound = () => {}
  let cancelAsking = () => {}

  function begin(): void {
    if (!isHeld || isStopped || round) return
    isWoken = false
    round = work(losing.signal)
      .then(() => {
        isFailing = false
      })
      .catch((error) => {
        if (!isFailing) logger.error({ err: error, lease: name }, 'scheduled work failed; trying again')
        isFailing = true
      })
      .finally(() => {
        round = undefined
        if (isHeld && !isStopped) cancelRound = after(isWoken ? 0 : every, begin)
      })
  }

  function lose(): void {
    isHeld = false
    cancelRound()
    losing.abort()
  }

  async function ask(): Promise<void> {
    const now = clock.now()
    const gets = await leases.claim(name, holder, { now, until: later(now, life) })
    hasLease = gets
    if (isStopped || gets === isHeld) return
    if (!gets) return lose()
    isHeld = true
    losing = new AbortController()
    begin()
  }

  function keepAsking(): void {
    asking = ask()
      // Held or not is not known now: the work goes on under whoever has it, and must be right when two do it.
      .catch((error) => logger.warn({ err: error, lease: name }, 'a lease could not be asked for'))
      .finally(() => {
        if (!isStopped) cancelAsking = after(renewal * (750 + Math.random() * 500), keepAsking)
      })
  }

  function wake(): void {
    isWoken = true
    cancelRound()
    begin()
  }

  bell?.hear(wake)
  keepAsking()
  return async () => {
    isStopped = true
    cancelAsking()
    lose()
    await asking
    await round
    if (!hasLease) return
    hasLease = false
    await leases.end(name, holder).catch(() => 'it runs out by itself')
  }
}
