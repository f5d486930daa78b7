import type { ClientBase } from 'pg'

/**
 * Whether something that speaks PostgreSQL's protocol itself (PgBouncer, say) stands between: it gives a connection a
 * number of its own, and not the one of the server's process.
 */
export async function isBehindProxy(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return 'processID' in client && client.processID !== rows[0]?.pid
}
