import type { Record } from '../history/history.ts'

/** Milliseconds after the end of a fault in which the machines may still say that they cannot answer. */
const recovery = 3000

/** Whether any part of a time lies in a fault of this kind, or in the recovery after it. */
export function isDuringFault(
  { windows, lag }: Pick<Record, 'windows' | 'lag'>,
  { begun, ended }: { readonly begun: number; readonly ended: number },
  kind: RegExp = /./,
): boolean {
  return windows.some(({ what, from, to }) => kind.test(what) && ended >= from && begun <= to + recovery + lag)
}

/** Until when something may be repeated that happened at a moment: faults that cut into the time do not count. */
export function graceEnd({ windows, terms, lag }: Record, moment: number): number {
  let end = moment + terms.grace
  const sorted = windows.toSorted((one, other) => one.from - other.from)
  for (const { from, to } of sorted) if (to >= moment && from <= end) end = Math.max(end, to + recovery + terms.grace)
  return end + lag
}
