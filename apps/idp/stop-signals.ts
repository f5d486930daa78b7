/** The signals by which a process is asked to stop. */
export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

type Heard = (signal: NodeJS.Signals) => void

/** How soon after the first signal another one is an echo of it, in milliseconds. */
const echo = 2000

/**
 * Tells the first wish to stop to `stop`, and one that comes later, while that still goes on, to `hurry`. What comes
 * together is one wish: a terminal signals the whole group, a service manager every process, and a parent its children.
 * SIGHUP is no such wish where there is something to `reload`.
 */
export function onStopSignal(stop: Heard, hurry: Heard, reload?: Heard): void {
  let askedAt: number | undefined
  for (const name of stopSignals) {
    if (name === 'SIGHUP' && reload) {
      process.on(name, reload)
      continue
    }
    process.on(name, () => {
      if (askedAt === undefined) {
        askedAt = performance.now()
        stop(name)
      } else if (performance.now() - askedAt > echo) hurry(name)
    })
  }
}
