import { type Migration, splitScript } from './migration-files.ts'
import { MigrationRefused } from './migration-refused.ts'

/** The index that a migration builds outside of a transaction, and the one statement that does it. */
export type IndexBuild = { readonly migration: string; readonly index: string; readonly statement: string }

/**
 * What a migration of PostgreSQL builds while writers go on; undefined for one that runs in a transaction. Throws
 * `MigrationRefused` where it holds anything else: what fails half-way could not be taken back, and Prisma would send the
 * whole file as one transaction. Why: docs/decisions/0030.
 */
export function readIndexBuild({ name, sql }: Pick<Migration, 'name' | 'sql'>): IndexBuild | undefined {
  const statements = splitScript(sql)
  if (!statements.some((statement) => /\bINDEX\s+CONCURRENTLY\b/i.test(statement))) return undefined
  const [statement = '', ...more] = statements.map((one) => one.trim())
  const [, index] = /^CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+"([^"]+)"\s+ON\s/i.exec(statement) ?? []
  if (index !== undefined && more.length === 0) return { migration: name, index, statement }
  throw new MigrationRefused(
    `the migration ${name} must be one statement, CREATE INDEX CONCURRENTLY "<name>" ON …, and nothing else`,
  )
}
