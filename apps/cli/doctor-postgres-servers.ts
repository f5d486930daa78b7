import type { Client, ClientConfig } from 'pg'
import { isBehindProxy } from '#stores/prisma/proxy.ts'
import { type DoctorFinding, fine, warning, wrong } from './doctor-finding.ts'

/** Whether a proxy pools connections before this server, and whether that leaves statements without a limit. */
export async function lookForProxy(client: Client, name: string): Promise<readonly DoctorFinding[]> {
  if (!(await isBehindProxy(client))) return []
  const stands = `A proxy that pools connections stands before ${name}`
  const own = `SELECT FROM pg_db_role_setting WHERE setrole IN (0, current_user::regrole)
    AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND array_to_string(setconfig, ',') ~ '\\mstatement_timeout='`
  const { rowCount } = await client.query(own)
  if (rowCount) return [fine(`${stands}.`)]
  const mend = `Once, at PostgreSQL itself: ALTER ROLE … SET statement_timeout = '1500ms'. See docs/operations/postgresql.md.`
  return [warning(`${stands}, and the account has no statement_timeout.`, mend)]
}

/** Whether a standby of this server may lack what was acknowledged. Nothing is said of a standby itself. */
export async function lookForStandbys(client: Client, name: string): Promise<readonly DoctorFinding[]> {
  const asked = `SELECT pg_is_in_recovery() AS standby, current_setting('synchronous_standby_names') = '' AS alone`
  const [row] = (await client.query<{ standby: boolean; alone: boolean }>(asked)).rows
  if (row?.standby !== false || !row.alone) return []
  const what = `${name} waits for no standby: a fail-over forgets the last revocations that were acknowledged.`
  return [warning(what, 'Set synchronous_standby_names, with two standbys or more. See docs/operations/postgresql.md.')]
}

/** Whether more than one of several servers can be written to: each would go on without what the other is told. */
export async function lookForTwoPrimaries(servers: readonly ClientConfig[]): Promise<readonly DoctorFinding[]> {
  const looks = await Promise.all(servers.map(hostOfPrimary))
  const primaries = looks.filter((host) => host !== undefined)
  if (primaries.length < 2) return []
  const what = `PostgreSQL can be written to at ${primaries.join(' and ')}: what one of them is told, the other forgets.`
  return [wrong(what, 'Stop the one that was replaced, and let it come back as a standby.')]
}

async function hostOfPrimary(server: ClientConfig): Promise<string | undefined> {
  const { default: pg } = await import('pg')
  const client = new pg.Client(server)
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ primary: boolean }>('SELECT NOT pg_is_in_recovery() AS primary')
    return rows[0]?.primary ? `${client.host}:${client.port}` : undefined
  } catch {
    return undefined
  } finally {
    await client.end().catch(() => {})
  }
}
