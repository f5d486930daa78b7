import type { Entry, Record } from './history.ts'

/** A promise that was broken, in words, with the requests that show it. */
export type Violation = { readonly invariant: string; readonly what: string; readonly entries: readonly number[] }

/** A promise, judged over everything that was seen. A pure function: the same record, the same answer. */
export type Invariant = { readonly name: string; readonly promise: string; judge(record: Record): readonly Violation[] }

/** Makes an invariant of what it promises and how a breach is found. */
export function invariant(
  name: string,
  promise: string,
  find: (record: Record) => Iterable<{ readonly what: string; readonly entries: readonly Entry[] }>,
): Invariant {
  return {
    name,
    promise,
    judge: (record) =>
      [...find(record)].map(({ what, entries }) => ({ invariant: name, what, entries: entries.map(({ at }) => at) })),
  }
}
