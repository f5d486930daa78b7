import type { Config } from '#config/config.ts'
import { splitPostgresUrl } from '#config/postgres-url.ts'
import { checkServerClock } from './doctor-clock.ts'
import { type DoctorFinding, fine, warning, wrong } from './doctor-finding.ts'
import { lookForProxy, lookForStandbys, lookForTwoPrimaries } from './doctor-postgres-servers.ts'

/** What PostgreSQL must do so that nothing that was committed is lost, and what happens otherwise. */
const durable: readonly (readonly [name: string, why: string])[] = [
  ['fsync', 'a power failure can destroy the whole database'],
  ['full_page_writes', 'a power failure can leave torn pages behind'],
]

/** Whether each server of PostgreSQL keeps what it commits, shows our time, and has connections enough for one server of Signet. */
export async function checkPostgres({ database }: Config): Promise<readonly DoctorFinding[]> {
  if (database.url.startsWith('file:')) return []
  const urls = splitPostgresUrl(database.url) ?? []
  const each = urls.map((url) => {
    const isOneOfSeveral = urls.length > 1
    const name = isOneOfSeveral ? `PostgreSQL at ${new URL(url).host}` : 'PostgreSQL'
    return checkServer(url, { name, isOneOfSeveral, connections: database.connections })
  })
  const together = urls.length > 1 ? lookForTwoPrimaries(urls.map(connectionTo)) : []
  return (await Promise.all([...each, together])).flat()
}

const connectionTo = (url: string) => ({
  connectionString: url,
  connectionTimeoutMillis: 5000,
  query_timeout: 5000,
})

type Server = { readonly name: string; readonly isOneOfSeveral: boolean; readonly connections: number }

async function checkServer(
  url: string,
  { name, isOneOfSeveral, connections }: Server,
): Promise<readonly DoctorFinding[]> {
  const { default: pg } = await import('pg')
  const client = new pg.Client(connectionTo(url))
  client.on('error', () => {})
  try {
    await client.connect()
    const show = async (setting: string) => String((await client.query(`SHOW ${setting}`)).rows[0]?.[setting])
    const off: DoctorFinding[] = []
    for (const [setting, why] of durable) {
      if ((await show(setting)) !== 'on')
        off.push(wrong(`${name} ${setting} is off: ${why}.`, `Set ${setting} = on in postgresql.conf.`))
    }
    const commit = await show('synchronous_commit')
    if (commit === 'off') {
      const what = `${name} synchronous_commit is off: a crash forgets revocations that were acknowledged.`
      off.push(wrong(what, 'Set synchronous_commit = on, for the account of Signet at least.'))
    }
    off.push(...(await lookForProxy(client, name)))
    if (isOneOfSeveral) off.push(...(await lookForStandbys(client, name)))
    const time = async () => (await client.query('SELECT clock_timestamp() AS now')).rows[0]?.now
    off.push(...(await checkServerClock(name, time)))
    const most = Number(await show('max_connections'))
    if (most < 2 * connections) {
      const what = `${name} max_connections is ${most}, and each process of Signet may open ${connections}.`
      off.push(warning(what, 'Raise it above database.connections times all processes, or lower database.connections.'))
    }
    return off.some(({ level }) => level !== 'ok') ? off : [...off, fine(`${name} keeps what it commits.`)]
  } catch {
    const mend = 'Start it, or allow the account of Signet to SHOW them.'
    return [warning(`The settings of ${name} could not be seen.`, mend)]
  } finally {
    await client.end().catch(() => {})
  }
}
