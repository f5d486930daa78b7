import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { DatabaseUrl } from './database-url.ts'

/** One migration as it stands on disk. */
export type Migration = { readonly name: string; readonly sql: string; readonly checksum: string }

/** The folders of each provider's migrations. */
export const migrationFolders = {
  sqlite: fileURLToPath(new URL('../../../../prisma/sqlite/migrations', import.meta.url)),
  postgresql: fileURLToPath(new URL('../../../../prisma/postgresql/migrations', import.meta.url)),
} as const satisfies Record<DatabaseUrl['provider'], string>

/** The migrations of a folder in the order in which they apply: by name, as Prisma orders them. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(names.sort().map((name) => readMigration(folder, name)))
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const sql = await readFile(`${folder}/${name}/migration.sql`, 'utf8')
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
}

/** The statements of a script, cut at the semicolons that end a line, which is how Prisma writes it; no comments. */
export function splitScript(script: string): readonly string[] {
  const withoutComments = script.replace(/^\s*--.*$/gm, '')
  return withoutComments.split(/;[ \t]*(?:\n|$)/).filter((statement) => statement.trim() !== '')
}
