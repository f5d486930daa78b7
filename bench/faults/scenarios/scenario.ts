import type { Violation } from '../history/violation.ts'

/** What a scenario is told. */
export type Told = {
  /** Rounds, or whatever its `unit` is. */
  readonly amount: number
  readonly seed: number
  /** A planted bug that the machines run with. */
  readonly plant: string | undefined
  /** The checkout that the machines run from; this one unless told. */
  readonly root?: string | undefined
  /** A line about how far it is. */
  readonly say: (line: string) => void
}

/** Figures by name, in the order in which a report shows them. */
export type Figures = { readonly [name: string]: number | string }

/** What was seen; or why nothing could be. */
export type Outcome =
  | { readonly figures: Figures; readonly violations: readonly Violation[] }
  | { readonly notRun: string }

/** One row of what must be shown: breaks something, drives people through it, and judges. */
export type Scenario = {
  readonly name: string
  readonly title: string
  /** What `amount` counts. */
  readonly unit: string
  /** The amount that the promise is made for, and the one that runs with every test. */
  readonly full: number
  readonly small: number
  /** Where it must be caught: a setting that is known to lose. The run is good where something was violated. */
  readonly mustFail?: boolean
  run(told: Told): Promise<Outcome>
}

/** The middle one; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** Times in milliseconds as two figures in seconds. */
export function middleAndWorst(name: string, times: readonly number[]): Figures {
  const seconds = (time: number) => Number((time / 1000).toFixed(2))
  return {
    [`${name}, median (s)`]: seconds(median(times)),
    [`${name}, worst (s)`]: seconds(Math.max(0, ...times)),
  }
}
