import type { Clock } from '#core/clock.ts'

/** A clock that runs like the machine's, from a start of its own, and that a test moves instead of waiting. */
export type TestClock = Clock & {
  /** Moves the time by seconds; for everyone who holds this clock, Redis' scripts included. */
  move(seconds: number): void
}

/** A clock that shows `start` now; the machine's own time unless told. */
export function testClock(start: Date = new Date()): TestClock {
  let offset = start.getTime() - Date.now()
  return {
    now: () => new Date(Date.now() + offset),
    get offset() {
      return offset
    },
    move(seconds) {
      offset += Math.round(seconds * 1000)
    },
  }
}
