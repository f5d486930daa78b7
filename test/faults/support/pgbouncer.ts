import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import type { GuardedProcess } from '#bench/faults/lab/guarded-process.ts'
import { startGuarded } from '#bench/faults/lab/guarded-process.ts'
import type { Lab } from '#bench/faults/lab/lab.ts'
import { until } from '#bench/faults/lab/until.ts'
import { canRun } from '#test/support/can-run.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { postgresAccount } from '#test/support/postgres.ts'

/** A PgBouncer that pools transactions before one PostgreSQL. */
export type PgBouncer = {
  /** Without a password: it trusts who comes to it, as the server of the laboratory does. */
  readonly url: string
  kill(): Promise<void>
  start(): Promise<void>
}

/** Where the program is, and its version as a number (1.21 is 121); undefined where there is none. */
export function findPgBouncer(): { readonly path: string; readonly version: number } | undefined {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'pgbouncer'))
    .find(canRun)
  if (!path) return undefined
  const said = execFileSync(path, ['--version'], { encoding: 'utf8' })
  const [, major = '0', minor = '0'] = /PgBouncer (\d+)\.(\d+)/.exec(said) ?? []
  return { path, version: Number(major) * 100 + Number(minor) }
}

/** The first version with prepared statements in pooled transactions. */
export const withPrepared = 121

/** Starts one with fewer connections than Signet has, as `docs/operations/postgresql.md` says; `more` are its settings. */
export async function startPgBouncer(lab: Lab, database: string, more: readonly string[] = []): Promise<PgBouncer> {
  const found = findPgBouncer()
  if (!found) throw new Error('no pgbouncer')
  const [port = 0] = await freePorts(1)
  const folder = lab.newFolder('pgbouncer')
  const file = join(folder, 'pgbouncer.ini')
  const settings = ['listen_addr = 127.0.0.1', `listen_port = ${port}`, 'unix_socket_dir =', 'auth_type = trust']
  const pooling = ['pool_mode = transaction', 'default_pool_size = 3', 'server_login_retry = 1']
  const users = join(folder, 'users.txt')
  const server = `[databases]\nsignet = host=127.0.0.1 port=${new URL(database).port}`
  const text = [server, '[pgbouncer]', ...settings, `auth_file = ${users}`, ...pooling, ...more].join('\n')
  writeFileSync(users, '"signet" ""\n', { mode: 0o644 })
  writeFileSync(file, `${text}\n`, { mode: 0o644 })
  let running: GuardedProcess | undefined
  const bouncer = {
    url: `postgresql://signet@127.0.0.1:${port}/signet`,
    async start() {
      running = startGuarded(found.path, [file], postgresAccount() ?? {})
      await until(() => answers(port), { within: 10_000, what: 'PgBouncer' })
    },
    async kill() {
      await running?.kill()
    },
  }
  lab.defer(bouncer.kill)
  await bouncer.start()
  return bouncer
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
