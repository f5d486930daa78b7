import { later } from '#core/clock.ts'
import type { AttemptClaim, AttemptLimit, AttemptStore } from '#core/users/attempts.ts'
import type { Kept, Table, Transactions } from './table.ts'

/** Counters of attempts over a table. A counter at zero does not exist: its window starts with the next attempt. */
export function attemptStore({ write }: Transactions): AttemptStore {
  return {
    claim: (limits) => write((table) => claim(table, limits)),
    refund: (limits) => write((table) => refundAll(table, limits)),
    end: (key) => write((table) => table.delete('attempt', key)),
  }
}

/** Looks at all counters before it counts in any: a refusal changes nothing, so there is nothing to give back. */
function claim(table: Table, limits: readonly AttemptLimit[]): AttemptClaim {
  for (const { key, most, window } of limits) {
    const { record, until } = counter(table, key, window)
    if (record < most) continue
    return { outcome: 'full', key, retryAfter: Math.ceil((until.getTime() - table.now.getTime()) / 1000) }
  }
  for (const { key, window } of limits) {
    const { record, until } = counter(table, key, window)
    table.put('attempt', key, { record: record + 1, until })
  }
  return { outcome: 'allowed' }
}

/** A window begins with the attempt that opens it. */
function counter(table: Table, key: string, window: number): Kept<number> {
  return table.get('attempt', key) ?? { record: 0, until: later(table.now, window) }
}

function refundAll(table: Table, limits: readonly AttemptLimit[]): void {
  for (const { key } of limits) refund(table, key)
}

function refund(table: Table, key: string): void {
  const before = table.get('attempt', key)
  if (!before) return
  if (before.record <= 1) table.delete('attempt', key)
  else table.put('attempt', key, { record: before.record - 1, until: before.until })
}
