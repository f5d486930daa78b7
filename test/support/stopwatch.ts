import { clearInterval, setInterval } from 'node:timers'

/** Milliseconds between two looks at the clock. */
const pace = 10

/** Tells what something took, without the time in which a busy machine let nobody work. */
export type Stopwatch = {
  /** Milliseconds since the start, less those in which this process wanted to run and was not let. */
  milliseconds(): number
}

let seen = performance.now()
let spent = process.cpuUsage()
/** Milliseconds, in all, that this process was kept from running. */
let kept = 0

/** A look that comes late while this process computed nothing was kept waiting by the machine. */
function look(): void {
  const { user, system } = process.cpuUsage(spent)
  const gap = performance.now() - seen
  kept += Math.max(0, gap - pace - (user + system) / 1000)
  seen += gap
  spent = process.cpuUsage()
}

const looking = setInterval(look, pace)
looking.unref()
process.once('exit', () => clearInterval(looking))

/**
 * Starts one. What must be quick is judged by it: the machines that run tests are shared, and how long another program had
 * the processor says nothing about Signet. What this process computes itself counts in full.
 */
export function aStopwatch(): Stopwatch {
  look()
  const start = seen
  const before = kept
  return {
    milliseconds() {
      look()
      return seen - start - (kept - before)
    },
  }
}
