import type { Config } from '#config/config.ts'
import { type Clock, systemClock } from '#core/clock.ts'
import type { OpenStores } from '#stores/open.ts'
import { agreedClock, type Deviations } from './agreed-clock.ts'

/** Whose clocks are asked. */
type TimeServers = Pick<OpenStores, 'time' | 'servers'>

/** The clock of this process, and who measures it. */
export type ProcessClock = {
  readonly clock: Clock
  /** Asks these servers from now on, and first until three clocks have answered: a few times at most. Never rejects. */
  agree(servers: TimeServers): Promise<void>
  /** From now on these stores' servers are asked; undefined when they are closed. */
  use(stores: TimeServers | undefined): void
  /** Measures once; undefined where this machine's clock is the only one. Never rejects. */
  measure(): Promise<Deviations | undefined>
}

/** How often the first measurement is tried: over connections that are new, an answer may come too late to count. */
const mostTries = 4

/**
 * With Redis and PostgreSQL the time is agreed upon among three clocks; with fewer servers nobody could tell who is
 * right, and there is one machine at most: its own clock is the time. A test's clock is the time, too.
 */
export function processClock({ redis, database }: Config, given: Clock | undefined): ProcessClock {
  const isAlone = redis.url === undefined || database.url.startsWith('file:')
  if (given || isAlone)
    return { clock: given ?? systemClock, async agree() {}, use() {}, measure: async () => undefined }

  let open: TimeServers | undefined
  const timeOf = (answer: Promise<Date> | undefined): Promise<Date> => answer ?? Promise.reject(new Error('not open'))
  const clock = agreedClock([
    { name: 'redis', ask: () => timeOf(open?.servers?.time()) },
    { name: 'database', ask: () => timeOf(open?.time?.()) },
  ])
  return {
    clock,
    async agree(servers) {
      open = servers
      for (let tries = 0; tries < mostTries; tries += 1) if ((await clock.measure()).size === 3) return
    },
    use(stores) {
      open = stores
    },
    measure: clock.measure,
  }
}
