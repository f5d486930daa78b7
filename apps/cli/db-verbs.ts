import { dbMigrate } from './db-migrate.ts'
import { dbRestored } from './db-restored.ts'
import { dbStatus } from './db-status.ts'

/** The verbs of `signet db`, in the order in which `--help` shows them. */
export const dbVerbs = [dbStatus, dbMigrate, dbRestored] as const
