import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { migrate } from '#stores/prisma/migrate.ts'

/** A PostgreSQL for one test file. Every database it opens is fresh, and gone after `stop`. */
export type TestPostgres = {
  readonly version: string
  /** The URL of a new, empty database. */
  openDatabase(): Promise<string>
  /** The URL of a new database that is up to date and has no rows: a copy of one that was migrated. */
  openMigrated(): Promise<string>
  stop(): Promise<void>
}

const installed = '/usr/lib/postgresql'

/** Why there can be no PostgreSQL here, in words; undefined where there can. Suites skip on it, visibly. */
export function whyNoPostgres(): string | undefined {
  if (process.env.SIGNET_TEST_DATABASE_URL || postgresBinaries()) return undefined
  return 'no PostgreSQL: install the package postgresql or set SIGNET_TEST_DATABASE_URL'
}

/** The server that SIGNET_TEST_DATABASE_URL names, or a private one on a port of its own. */
export async function startPostgres(): Promise<TestPostgres> {
  const given = process.env.SIGNET_TEST_DATABASE_URL
  const server = given ? { url: given, stop: async () => {} } : await startPrivate()
  const opened: string[] = []
  const [row] = await query(server.url, 'SHOW server_version')
  async function create(from = ''): Promise<string> {
    const name = `signet_test_${randomBytes(8).toString('hex')}`
    await query(server.url, `CREATE DATABASE ${name}${from}`)
    opened.push(name)
    return name
  }
  function urlOf(name: string): string {
    const url = new URL(server.url)
    url.pathname = `/${name}`
    return url.href
  }
  async function createMigrated(): Promise<string> {
    const name = await create()
    await migrate(urlOf(name))
    return name
  }
  let migrated: Promise<string> | undefined
  return {
    version: String(row?.server_version),
    openDatabase: async () => urlOf(await create()),
    async openMigrated() {
      migrated ??= createMigrated()
      return urlOf(await create(` TEMPLATE ${await migrated}`))
    },
    async stop() {
      if (given) for (const name of opened) await query(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      await server.stop()
    },
  }
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** The newest of Debian's versions. */
export function postgresBinaries(): { readonly folder: string; readonly version: number } | undefined {
  const versions = existsSync(installed) ? readdirSync(installed).map(Number) : []
  const version = versions
    .filter((one) => existsSync(join(installed, String(one), 'bin/initdb')))
    .sort((a, b) => b - a)[0]
  return version === undefined ? undefined : { folder: join(installed, String(version), 'bin'), version }
}

/** PostgreSQL refuses to run as root, so root runs it as the account that Debian's package made. */
export function postgresAccount(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const number = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: number('-u'), gid: number('-g') }
}

async function startPrivate(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const found = postgresBinaries()
  if (!found) throw new Error(whyNoPostgres())
  const as = postgresAccount()
  const data = aFolder(as)
  made ??= initialise(found, as)
  execFileSync('cp', ['-a', `${made}/.`, data])
  const port = await freePort()
  const child = launch(join(found.folder, 'postgres'), data, port, as)
  const stop = async () => {
    child.stdin?.end()
    if (child.exitCode === null) await once(child, 'exit')
    rmSync(data, { recursive: true, force: true })
  }
  const url = `postgresql://signet@127.0.0.1:${port}/postgres`
  try {
    await answers(url, join(data, 'log'))
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop }
}

/** Files of a server that never ran, to copy: to make them takes longer than all the rest of its start. */
let made: string | undefined

function initialise(found: NonNullable<ReturnType<typeof postgresBinaries>>, as: Account): string {
  const data = aFolder(as)
  process.once('exit', () => rmSync(data, { recursive: true, force: true }))
  // A collation that is not byte order: what sorts by accident is seen.
  const locale = found.version >= 15 ? ['--locale=C', '--locale-provider=icu', '--icu-locale=en-US'] : ['--locale=C']
  const init = ['-D', data, '-U', 'signet', '-A', 'trust', '-E', 'UTF8', '--no-sync', ...locale]
  execFileSync(join(found.folder, 'initdb'), init, { ...as, cwd: data, stdio: 'pipe' })
  return data
}

type Account = ReturnType<typeof postgresAccount>

function aFolder(as: Account): string {
  const folder = mkdtempSync(join(tmpdir(), 'signet-postgres-'))
  if (as) chownSync(folder, as.uid, as.gid)
  return folder
}

/**
 * Runs the server under a shell that stops it when its own input closes: by `stop`, or because the test process died
 * in whatever way. Nothing is left running.
 */
function launch(binary: string, data: string, port: number, as: Account): ChildProcess {
  const script = 'cd "$1"; shift; "$@" >log 2>&1 & read -r line; kill -INT $! 2>/dev/null; wait $!; rm -rf "$PWD"'
  const options = ['-D', data, '-p', String(port), '-k', data, '-h', '127.0.0.1', '-F', '-c', 'max_connections=200']
  return spawn('sh', ['-c', script, 'sh', data, binary, ...options], { ...as, stdio: ['pipe', 'ignore', 'ignore'] })
}

async function answers(url: string, log: string): Promise<void> {
  const deadline = performance.now() + 30_000
  for (;;) {
    try {
      await query(url, 'SELECT 1')
      return
    } catch (cause) {
      const said = existsSync(log) ? readFileSync(log, 'utf8') : ''
      if (performance.now() > deadline) throw new Error(`PostgreSQL did not start:\n${said}`, { cause })
      await wait(50)
    }
  }
}

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
