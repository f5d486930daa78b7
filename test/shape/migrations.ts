import { posix } from 'node:path'
import { blockingIndexes } from '#prisma/blocking-indexes.ts'
import { readIndexBuild } from '#stores/prisma/index-build.ts'
import type { Source, Violation } from './source.ts'

/** Released with the first version, to empty tables; its checksum is in databases. */
const early = /\/20261122044604_open_facts\//

/** Migrations of PostgreSQL that keep writers waiting for as long as an index takes. */
export function heldWriters(sources: readonly Source[]): readonly Violation[] {
  const migrations = sources.filter(
    ({ path }) => path.startsWith('prisma/postgresql/migrations/') && /\.sql$/.test(path),
  )
  return migrations.filter(({ path }) => !early.test(path)).flatMap((source) => [...plain(source), ...mixed(source)])
}

function plain({ path, text }: Source): readonly Violation[] {
  return blockingIndexes(text).map(({ index, table }) => ({
    at: `${path} builds ${index}`,
    why: `nobody can write to ${table} meanwhile: CREATE INDEX CONCURRENTLY, in a migration of its own`,
  }))
}

function mixed({ path, text }: Source): readonly Violation[] {
  try {
    readIndexBuild({ name: posix.basename(posix.dirname(path)), sql: text })
    return []
  } catch (error) {
    return [{ at: path, why: error instanceof Error ? error.message : String(error) }]
  }
}
