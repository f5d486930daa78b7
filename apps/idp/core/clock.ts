/**
 * The one source of time. Core functions take dates as values; whoever needs "now" is handed a clock.
 * `offset` (milliseconds, 0 in production) is how far this clock is from the machine's own: a store whose server has a
 * clock of its own (Redis `TIME`) adds it, so that a test can move time everywhere at once.
 */
export interface Clock {
  now(): Date
  readonly offset: number
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => new Date(), offset: 0 }

/** Adds seconds (fractions allowed) to a date. */
export function later(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000)
}

/** A date as the wire has it: whole seconds since 1970 (RFC 7519 §2, NumericDate), rounded down. */
export function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
