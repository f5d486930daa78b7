import { sqltag as sql } from '@prisma/client/runtime/client'
import type { LeaseStore } from '../lease-store.ts'
import type { Database } from './database.ts'

/** Leases in SQL: one row per name, taken by whoever finds it free. */
export function prismaLeases(database: Database): LeaseStore {
  return {
    async claim(name, holder, { now, until }) {
      const take = sql`
        INSERT INTO "Lease" ("name", "holder", "until") VALUES (${name}, ${holder}, ${until})
        ON CONFLICT ("name") DO UPDATE SET "holder" = excluded."holder", "until" = excluded."until"
        WHERE "Lease"."holder" = excluded."holder" OR "Lease"."until" <= ${now}`
      return (await database.run((tables) => tables.$executeRaw(take))) > 0
    },

    async end(name, holder) {
      await database.run((tables) => tables.lease.deleteMany({ where: { name, holder } }))
    },
  }
}
