import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, type SqlDriverAdapter } from '@prisma/driver-adapter-utils'
import { type MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm'
import pg from 'pg'

export type Provider = 'sqlite' | 'postgresql'
export const providers: readonly Provider[] = ['sqlite', 'postgresql']

/** Two databases of the provider: the one in question, and an empty one that the engine may fill. */
export type EngineDatabases = { readonly main: string; readonly shadow: string }

/** Prisma's own migration engine as WebAssembly: for development and tests, never at run time. */
export type OpenedEngine = {
  /** The SQL that leads from the migrations to the models; undefined where they agree. */
  missingSql(): Promise<string | undefined>
  /** What Prisma itself would say of `main`: undefined where every migration is applied and unchanged. */
  complaint(): Promise<string | undefined>
  /** Applies the migrations to `main`, as `prisma migrate deploy` does. */
  deploy(): Promise<void>
}

const everything = { externalTables: [], externalEnums: [] }

/** Opens the engine for one provider. Reads the migrations as they are on disk now. */
export async function openSchemaEngine(provider: Provider, databases: EngineDatabases): Promise<OpenedEngine> {
  const path = fileURLToPath(new URL(`generated/${provider}/schema.prisma`, import.meta.url))
  const files = [{ path, content: readFileSync(path, 'utf8') }]
  const connect = provider === 'sqlite' ? connectSqlite : connectPostgres
  const adapters = bindMigrationAwareSqlAdapterFactory({
    provider: provider === 'sqlite' ? 'sqlite' : 'postgres',
    adapterName: 'signet',
    connect: () => connect(databases.main),
    connectToShadowDb: () => connect(databases.shadow),
  })
  const datamodels = files.map((file): [string, string] => [file.path, file.content])
  const engine = await SchemaEngine.new({ datamodels }, () => {}, adapters)
  const migrationsList = listMigrations(provider)

  return {
    async missingSql() {
      const empty = migrationsList.migrationDirectories.length === 0
      const from = empty ? ({ tag: 'empty' } as const) : ({ tag: 'migrations', ...migrationsList } as const)
      const to = { tag: 'schemaDatamodel', files } as const
      const found = await engine.diff({ from, to, script: true, exitCode: true, filters: everything })
      return found.exitCode === 2 ? (found.stdout ?? '') : undefined
    },
    async complaint() {
      const options = { migrationsList, optInToShadowDatabase: false, filters: everything }
      const found = await engine.diagnoseMigrationHistory(options)
      const wrong = [...found.editedMigrationNames, ...found.failedMigrationNames]
      if (found.hasMigrationsTable && found.history === null && wrong.length === 0) return undefined
      return JSON.stringify(found)
    },
    async deploy() {
      await engine.applyMigrations({ migrationsList, filters: everything })
    },
  }
}

function listMigrations(provider: Provider): MigrationList {
  const baseDir = fileURLToPath(new URL(`${provider}/migrations`, import.meta.url))
  const folders = readdirSync(baseDir, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const read = (path: string) => readFileSync(`${baseDir}/${path}`, 'utf8')
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: read('migration_lock.toml') },
    shadowDbInitScript: '',
    migrationDirectories: folders
      .map((folder) => folder.name)
      .sort()
      .map((path) => ({
        path,
        migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: read(`${path}/migration.sql`) } },
      })),
  }
}

/** The engine sends whole scripts as one raw statement; libsql would run only the first statement of them. */
async function connectSqlite(url: string): Promise<SqlDriverAdapter> {
  const adapter = await new PrismaLibSql({ url }).connect()
  const executeOne = adapter.executeRaw.bind(adapter)
  adapter.executeRaw = async (query) => {
    if (query.args.length > 0) return executeOne(query)
    await adapter.executeScript(query.sql)
    return 0
  }
  return adapter
}

/** The adapter splits scripts at every semicolon, and does not know the catalog's type "char": it is shown as text. */
async function connectPostgres(connectionString: string): Promise<SqlDriverAdapter> {
  const pool = new pg.Pool({ connectionString })
  const ask = pool.query
  Object.assign(pool, {
    query: async (...given: unknown[]) => {
      const result: pg.QueryResult = await Reflect.apply(ask, pool, given)
      for (const field of result.fields ?? []) if (field.dataTypeID === charType) field.dataTypeID = textType
      return result
    },
  })
  const adapter = await new PrismaPg(pool, { disposeExternalPool: true }).connect()
  adapter.executeScript = async (script) => {
    await pool.query(script)
  }
  return adapter
}

const charType = 18
const textType = 25
