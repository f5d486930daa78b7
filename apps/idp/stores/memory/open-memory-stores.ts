import type { FastStores } from '../stores.ts'
import { type FastStoreSettings, fastStores } from './fast-stores.ts'
import { mapTable } from './map-table.ts'
import type { Table } from './table.ts'

/**
 * The fast stores in their shortest form, for tests: nothing survives the process and nothing is ever purged.
 * A verb runs whole before the next begins, because it is synchronous.
 */
export function openMemoryStores(settings: FastStoreSettings): FastStores {
  const table = mapTable()
  const run = async <A>(verb: (table: Table) => A): Promise<A> => verb(table(settings.clock.now()))
  return {
    ...fastStores({ read: run, write: run }, settings),
    check: async () => {},
    close: async () => {},
  }
}
