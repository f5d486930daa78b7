import { Counter, Gauge, type Registry } from 'prom-client'
import type { Delivery } from '#core/logout/deliver.ts'

/** Notices that apps have not taken yet, and for how many seconds the oldest of them waits. */
export type LogoutBacklog = { readonly waiting: number; readonly oldest: number }

/** What is told of back-channel logout. */
export type LogoutMetrics = {
  /** Counts what became of an attempt to tell an app. */
  logoutSent(outcome: Delivery['outcome']): void
  /** Has the outbox read at every scrape; where it cannot be, what is known stays. */
  watchLogouts(read: () => Promise<LogoutBacklog>): void
}

const outcomes: readonly Delivery['outcome'][] = ['delivered', 'failed', 'refused', 'given_up']

/** The outbox is one for all processes, so the worst view of it stands for all. */
export function logoutMetrics(registers: Registry[]): LogoutMetrics {
  const attempts = new Counter({
    name: 'signet_logout_attempts_total',
    help: 'Attempts to tell an app that a session has ended, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  for (const outcome of outcomes) attempts.inc({ outcome }, 0)
  let read = async (): Promise<LogoutBacklog | undefined> => ({ waiting: 0, oldest: 0 })
  const gauge = (name: string, help: string, value: (backlog: LogoutBacklog) => number) =>
    new Gauge({
      name,
      help,
      aggregator: 'max',
      registers,
      async collect() {
        const backlog = await read()
        if (backlog) this.set(value(backlog))
      },
    })
  gauge('signet_logout_notices_waiting', 'Logout notices that no app has taken yet.', ({ waiting }) => waiting)
  gauge('signet_logout_oldest_waiting_seconds', 'How long the oldest of them waits.', ({ oldest }) => oldest)
  return {
    logoutSent: (outcome) => attempts.inc({ outcome }),
    watchLogouts(source) {
      read = () => source().catch(() => undefined)
    },
  }
}
