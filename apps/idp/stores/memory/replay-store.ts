import type { ReplayStore } from '#core/clients/replay-store.ts'
import type { Transactions } from './table.ts'

/** What works once, over a table. */
export function replayStore({ write }: Transactions): ReplayStore {
  return {
    claim: (key, until) =>
      write((table) => {
        if (table.get('replay', key)) return 'replayed'
        table.put('replay', key, { record: 'used', until })
        return 'claimed'
      }),
  }
}
