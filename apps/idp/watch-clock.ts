import type { Logger } from 'pino'
import type { Deviations } from './agreed-clock.ts'

export type ClockWatch = {
  /** Never rejects; undefined where there is nothing to measure. */
  readonly measure: () => Promise<Deviations | undefined>
  readonly logger: Logger
  readonly noted: (deviations: Deviations) => void
}

/** Milliseconds between two measurements. */
const every = 10_000

/** Seconds that a clock may be off before somebody should look. */
const alarming = 5

/**
 * Measures now, and again every ten seconds; warns once when a clock goes wrong, and says once that all are right again.
 * Settles after the first measurement, with how to stop.
 */
export async function watchClock({ measure, logger, noted }: ClockWatch): Promise<() => void> {
  let told = ''
  async function look(): Promise<void> {
    const deviations = await measure()
    if (!deviations) return
    noted(deviations)
    const off = [...deviations].filter(([, seconds]) => Math.abs(seconds) > alarming)
    const names = off.map(([name]) => name).join(' ')
    if (names === told) return
    told = names
    if (off.length === 0) logger.info({ event: 'clocks' }, 'all clocks agree again')
    else logger.warn({ event: 'clocks', seconds: Object.fromEntries(off) }, 'a clock deviates from what most show')
  }
  await look()
  const timer = setInterval(look, every)
  timer.unref()
  return () => clearInterval(timer)
}
