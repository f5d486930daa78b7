import type { Clock } from '#core/clock.ts'

/** A server whose clock is asked beside our own. */
export type TimeSource = { readonly name: 'redis' | 'database'; readonly ask: () => Promise<Date> }

/** How far each source's clock is from what was agreed, in seconds; ahead is positive. `own` is this machine's. */
export type Deviations = ReadonlyMap<TimeSource['name'] | 'own', number>

/** What a test puts in the place of this machine's clocks: milliseconds, wall and monotonic. */
export type MachineClocks = { readonly wall: () => number; readonly monotonic: () => number }

const machineClocks: MachineClocks = { wall: () => Date.now(), monotonic: () => performance.now() }

export type AgreedClock = Clock & {
  /** Asks everybody once and corrects the time where most see it otherwise. Never rejects. */
  measure(): Promise<Deviations>
}

/** Milliseconds: an answer that took longer says nothing, and a smaller difference is none. */
const plausible = 1000
const worthCorrecting = 1000

type Reading = { readonly name: TimeSource['name'] | 'own'; readonly ahead: number }

/**
 * The time as three clocks see it: this machine's, Redis' and the database's; their median, so that one that is off does
 * not matter, whichever it is. It runs by the monotonic clock between measurements: a jump of the machine's own clock is
 * not seen at all. Where fewer than three answer, the time runs on as it was agreed.
 *
 * `offset` is what a script in Redis has to add to its own `TIME` to come to the same moment.
 */
export function agreedClock(sources: readonly TimeSource[], clocks: MachineClocks = machineClocks): AgreedClock {
  let base = clocks.wall() - clocks.monotonic()
  let offset = 0
  const now = () => base + clocks.monotonic()

  /** How far a source is ahead of our present time, seen in the middle of its round trip. */
  async function read({ name, ask }: TimeSource): Promise<readonly Reading[]> {
    const asked = clocks.monotonic()
    const time = await ask().catch(() => undefined)
    const answered = clocks.monotonic()
    if (time === undefined || answered - asked > plausible) return []
    return [{ name, ahead: time.getTime() - (base + (asked + answered) / 2) }]
  }

  async function measure(): Promise<Deviations> {
    const others = (await Promise.all(sources.map(read))).flat()
    const readings: readonly Reading[] = [...others, { name: 'own', ahead: clocks.wall() - now() }]
    const agreed = readings.length >= 3 ? medianOf(readings.map(({ ahead }) => ahead)) : 0
    const correction = Math.abs(agreed) < worthCorrecting ? 0 : agreed
    base += correction
    const redis = others.find(({ name }) => name === 'redis')
    if (redis) {
      const wanted = Math.round(correction - redis.ahead)
      const isWorthIt = Math.abs(wanted - offset) >= worthCorrecting
      if (isWorthIt) offset = Math.abs(wanted) < worthCorrecting ? 0 : wanted
    }
    return new Map(readings.map(({ name, ahead }) => [name, (ahead - correction) / 1000]))
  }

  return {
    now: () => new Date(now()),
    get offset() {
      return offset
    },
    measure,
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
