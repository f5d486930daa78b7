import { execFileSync } from 'node:child_process'
import { chownSync, openSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { freePorts } from '#test/support/free-ports.ts'
import { postgresAccount, postgresBinaries } from '#test/support/postgres.ts'
import { type GuardedProcess, processTree, startGuarded } from './guarded-process.ts'
import type { Lab } from './lab.ts'
import { until } from './until.ts'

/** One PostgreSQL server that can be killed, frozen, restarted, locked and made read-only. */
export type PostgresNode = {
  readonly url: string
  readonly version: string
  /** Runs a statement on a connection of its own. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** `kill -9` of the server and of all its backends, as if the machine died. */
  kill(): Promise<void>
  /** Ends it as an operator's restart does: open transactions are rolled back, connections are told. */
  stop(): Promise<void>
  /** Starts it on its files; resolves when it answers, with the milliseconds that took. */
  start(): Promise<number>
  /** Stops (or lets go on) every process of it: connections stay open and nobody answers. */
  freeze(isFrozen: boolean): void
  /** Ends every connection but our own. */
  cutConnections(): Promise<void>
  /** Takes the strongest lock on a table until the answered function is called. */
  lockTable(name: string): Promise<() => Promise<void>>
  /** What a fail-over to a standby looks like: every write is refused. */
  readOnly(isReadOnly: boolean): Promise<void>
}

/** Why there can be no PostgreSQL here; undefined where there can. */
export function whyNoPostgresServer(): string | undefined {
  return postgresBinaries() ? undefined : 'no PostgreSQL: install the package postgresql'
}

export type PostgresNodeOptions = {
  readonly password?: string
  /** Where its files are; a folder of the laboratory unless told. */
  readonly folder?: string
  /** More settings, as `name=value`. */
  readonly more?: readonly string[]
  /** The URL of a server to copy and to follow from then on, as a hot standby. */
  readonly follows?: string
}

/**
 * Starts a PostgreSQL of our own with a database `signet`, flushing to the disk as in production; or a standby, which
 * `SELECT pg_promote()` makes a primary.
 */
export async function startPostgresNode(lab: Lab, options: PostgresNodeOptions = {}): Promise<PostgresNode> {
  const { password = 'lab', folder = lab.newFolder('postgres'), more = [], follows } = options
  const found = postgresBinaries()
  if (!found) throw new Error(whyNoPostgresServer())
  const as = postgresAccount()
  if (as) chownSync(folder, as.uid, as.gid)
  const data = join(folder, 'data')
  const [port = 0] = await freePorts(1)
  const [program, ...how] = follows
    ? ['pg_basebackup', '--write-recovery-conf', '--checkpoint=fast', '--no-sync', '-d', follows]
    : ['initdb', '-U', 'signet', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C']
  execFileSync(join(found.folder, program), ['-D', data, ...how], { ...as, cwd: folder, stdio: 'pipe' })

  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`, ...more]
  const flags = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  const at = (database: string) => `postgresql://signet:${password}@127.0.0.1:${port}/${database}`
  const out = openSync(join(folder, 'postgres.log'), 'a')
  let server: GuardedProcess | undefined

  async function start(): Promise<number> {
    const begun = performance.now()
    await until(() => attempt(), { within: 60_000, what: `PostgreSQL on ${port}` })
    return performance.now() - begun
  }

  /** After a kill the dead server's memory may still be in use for a moment: then it ends at once and is asked again. */
  async function attempt(): Promise<boolean> {
    if (!server?.isRunning())
      server = startGuarded(join(found?.folder ?? '', 'postgres'), flags, {
        ...as,
        cwd: folder,
        stdio: ['ignore', out, out],
      })
    return query(at('postgres'), 'SELECT 1').then(
      () => true,
      () => false,
    )
  }

  async function kill(): Promise<void> {
    for (const pid of processTree(server?.pid ?? 0).toReversed()) signalPid(pid, 'SIGKILL')
    await server?.ended
  }

  lab.defer(kill)
  await start()
  if (!follows) {
    await query(at('postgres'), 'CREATE DATABASE signet')
    await query(at('signet'), `ALTER USER signet PASSWORD '${password}'`)
  }
  const url = at('signet')
  const [row] = await query(url, 'SHOW server_version')
  return {
    url,
    version: String(row?.server_version),
    start,
    kill,
    query: (sql, values) => query(url, sql, values),
    async stop() {
      server?.signal('SIGINT')
      await server?.ended
    },
    freeze(isFrozen) {
      for (const pid of processTree(server?.pid ?? 0)) signalPid(pid, isFrozen ? 'SIGSTOP' : 'SIGCONT')
    },
    async cutConnections() {
      await query(url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
    },
    lockTable: (name) => lockTable(url, name),
    async readOnly(isReadOnly) {
      const wanted = isReadOnly ? 'on' : 'off'
      await query(url, `ALTER SYSTEM SET default_transaction_read_only = ${wanted}`)
      await query(url, 'SELECT pg_reload_conf()')
      // It only asks for it. A connection that is made with the new setting is made after the others were told.
      const isSo = async () => {
        const [row] = await query(url, 'SHOW default_transaction_read_only')
        return row?.default_transaction_read_only === wanted
      }
      await until(isSo, { within: 10_000, what: `a PostgreSQL that ${isReadOnly ? 'only reads' : 'takes writes'}` })
    },
  }
}

async function query(url: string, sql: string, values: readonly unknown[] = []) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(sql, [...values])).rows as readonly Readonly<Record<string, unknown>>[]
  } finally {
    await client.end().catch(() => {})
  }
}

async function lockTable(url: string, name: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  await client.query('BEGIN')
  await client.query(`LOCK TABLE "${name}" IN ACCESS EXCLUSIVE MODE`)
  return async () => {
    await client.query('ROLLBACK').catch(() => {})
    await client.end().catch(() => {})
  }
}

function signalPid(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone, which is what was wanted.
  }
}
