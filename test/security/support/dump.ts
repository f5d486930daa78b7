import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { Home } from './homes.ts'

/** Everything that a thief of the disks would have, as text: every file, row, key and value of a home. */
export type Dump = {
  /** Where it was found, and the text. */
  readonly texts: readonly (readonly [where: string, text: string])[]
  /** Every single value, taken out of its row and its JSON. */
  readonly values: ReadonlySet<string>
}

/** Reads all that a home keeps: files (raw, too: what was deleted may still be in them), SQLite, PostgreSQL, Redis. */
export async function dumpOf({ folder, flags }: Pick<Home, 'folder' | 'flags'>): Promise<Dump> {
  const files = filesIn(folder)
  const raw = files.map((file) => [file, readFileSync(file).toString('latin1')] as const)
  const databases = files.filter((file) => file.endsWith('.db'))
  const rows = [
    ...databases.flatMap(readSqlite),
    ...(flags['database.url'] ? await readPostgres(flags['database.url']) : []),
    ...(flags['redis.url'] ? await readRedis(flags['redis.url']) : []),
  ]
  const jsonFiles = raw.filter(([file]) => /\.(json|jwe)$/.test(file)).map(([, text]) => text)
  return {
    texts: [...raw, ...rows],
    values: new Set([...rows.map(([, text]) => text), ...jsonFiles].flatMap(valuesIn)),
  }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
}

function readSqlite(file: string): readonly (readonly [string, string])[] {
  const database = new DatabaseSync(file, { readOnly: true })
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
  const read = tables.flatMap(({ name }) => {
    const rows = database.prepare(`SELECT * FROM "${String(name)}"`).all()
    return rows.flatMap((row) => cellsOf(`${file} ${String(name)}`, row))
  })
  database.close()
  return read
}

async function readPostgres(url: string): Promise<readonly (readonly [string, string])[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const tables = await client.query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    const read: (readonly [string, string])[] = []
    for (const { table_name: name } of tables.rows) {
      const { rows } = await client.query(`SELECT * FROM "${name}"`)
      for (const row of rows) read.push(...cellsOf(`PostgreSQL ${name}`, row))
    }
    return read
  } finally {
    await client.end()
  }
}

async function readRedis(url: string): Promise<readonly (readonly [string, string])[]> {
  const redis = new Redis(url)
  const read: (readonly [string, string])[] = []
  for (const key of await redis.keys('*')) {
    const isHash = (await redis.type(key)) === 'hash'
    const value = isHash ? JSON.stringify(await redis.hgetall(key)) : await redis.get(key)
    read.push([`Redis ${key}`, key], [`Redis ${key}`, value ?? ''])
  }
  await redis.quit()
  return read
}

function cellsOf(where: string, row: object): readonly (readonly [string, string])[] {
  return Object.entries(row).map(([column, value]) => [`${where}.${column}`, textOf(value)] as const)
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  return JSON.stringify(value) ?? ''
}

/** The text itself, its words, its lines, and all that is in it where it is JSON. */
function valuesIn(text: string): readonly string[] {
  const parts = text.split(/[\s"{}:,[\]]+/)
  return [text, ...text.split('\n'), ...parts].filter((part) => part.length >= 8 && part.length <= 4000)
}
