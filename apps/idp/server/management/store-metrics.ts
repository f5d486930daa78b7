import { Gauge, type Registry } from 'prom-client'

/** What is told of the stores below. Values are kept until the next telling. */
export type StoreMetrics = {
  /** How far each clock is from the time that was agreed; seconds, ahead is positive. */
  clocks(deviations: ReadonlyMap<string, number>): void
  /** On how many Redis servers each finding is true. Findings that are not named are true on none. */
  redisFindings(counts: ReadonlyMap<string, number>): void
  /** Has the stores' backlogs read at every scrape. */
  watchBacklog(read: () => Backlog): void
}

/** What waits between the two stores. */
export type Backlog = {
  /** Buckets of Redis that are being rebuilt. */
  readonly rebuilding: number
  /** Seconds that the oldest end waits to be known to the fast store; 0 where none waits. */
  readonly oldestEnd: number
  /** Seconds since floors and dates of last use could last be written to SQL; 0 where nothing failed since. */
  readonly unwrittenUses: number
}

/** Every gauge is the same for all processes that share a machine and its stores, so the worst of them stands for all. */
export function storeMetrics(registers: Registry[], findings: readonly string[]): StoreMetrics {
  const clocks = new Gauge({
    name: 'signet_clock_deviation_seconds',
    help: 'How far a clock is from the time that was agreed.',
    labelNames: ['source'],
    aggregator: 'average',
    registers,
  })
  const redis = new Gauge({
    name: 'signet_redis_findings',
    help: 'On how many Redis servers something is wrong, by finding.',
    labelNames: ['finding'],
    aggregator: 'max',
    registers,
  })
  for (const finding of findings) redis.set({ finding }, 0)
  return {
    clocks(deviations) {
      clocks.reset()
      for (const [source, seconds] of deviations) clocks.set({ source }, seconds)
    },
    redisFindings(counts) {
      for (const finding of findings) redis.set({ finding }, counts.get(finding) ?? 0)
    },
    watchBacklog: backlogMetrics(registers),
  }
}

function backlogMetrics(registers: Registry[]): StoreMetrics['watchBacklog'] {
  let read = (): Backlog => ({ rebuilding: 0, oldestEnd: 0, unwrittenUses: 0 })
  const gauge = (name: string, help: string, value: (backlog: Backlog) => number) =>
    new Gauge({
      name,
      help,
      aggregator: 'max',
      registers,
      collect() {
        this.set(value(read()))
      },
    })
  gauge('signet_buckets_rebuilding', 'Buckets of Redis that are being rebuilt.', ({ rebuilding }) => rebuilding)
  gauge(
    'signet_oldest_pending_end_seconds',
    'How long the oldest revocation waits to be known to the fast store.',
    ({ oldestEnd }) => oldestEnd,
  )
  gauge(
    'signet_unwritten_uses_seconds',
    'How long the floors of refresh tokens could not be written to the database.',
    ({ unwrittenUses }) => unwrittenUses,
  )
  return (source) => {
    read = source
  }
}
