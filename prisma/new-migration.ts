import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '#test/support/postgres.ts'
import { stepsOf } from './blocking-indexes.ts'
import { openSchemaEngine, type Provider, providers } from './schema-engine.ts'

/*
 * Writes the next migration for both databases from models.prisma: `npm run db:migration -- NAME`. Read what it wrote
 * before you commit it: old and new servers run on one schema, so a migration only ever adds (expand), and takes away
 * releases later (contract).
 */
const name = process.argv[2]
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
  process.stderr.write('usage: npm run db:migration -- NAME     (small letters, digits, underscores)\n')
  process.exit(2)
}
const begun = Date.now()

const scratch = mkdtempSync(join(tmpdir(), 'signet-migration-'))
const postgres = await startPostgres()
try {
  for (const provider of providers) {
    const sql = await missingSql(provider)
    if (sql === undefined) process.stdout.write(`${provider}: nothing to do\n`)
    else write(provider, sql)
  }
} finally {
  await postgres.stop()
  rmSync(scratch, { recursive: true })
}

async function missingSql(provider: Provider): Promise<string | undefined> {
  const open =
    provider === 'sqlite' ? async (part: string) => `file:${scratch}/${part}.db` : () => postgres.openDatabase()
  const engine = await openSchemaEngine(provider, { main: await open('main'), shadow: await open('shadow') })
  return engine.missingSql()
}

/** On PostgreSQL, indexes over tables in use are migrations of their own: docs/decisions/0030. */
function write(provider: Provider, sql: string): void {
  const steps = provider === 'postgresql' ? stepsOf(sql) : [{ suffix: '', sql }]
  for (const [at, step] of steps.entries()) {
    const stamp = new Date(begun + at * 1000).toISOString().replace(/\D/g, '').slice(0, 14)
    const folder = `${provider}/migrations/${stamp}_${name}${step.suffix}/`
    mkdirSync(new URL(folder, import.meta.url), { recursive: true })
    writeFileSync(new URL(`${folder}migration.sql`, import.meta.url), step.sql)
    process.stdout.write(`${provider}: prisma/${folder}migration.sql\n`)
  }
}
