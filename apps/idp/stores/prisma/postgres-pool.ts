import pg from 'pg'
import { NoConnection } from './no-connection.ts'
import { oneWhileAway, type WhileAway } from './one-while-away.ts'
import type { Patience } from './patience.ts'
import { replacedPrimaries } from './postgres-timeline.ts'

/**
 * Connections to the writable one of some servers, made when they are needed. A connection whose statement is not
 * answered in time is destroyed with all that are idle, so that no call waits behind it. A server that turns out to be
 * read-only, or was replaced by another one that we have been at, is left with all connections, and the next ones look
 * for the writable server. While no connection comes about one at a time is tried. Rejects with {@link NoConnection}
 * where it is certain that nothing was sent. Why: docs/decisions/0015.
 */
export function openPostgresPool(urls: readonly string[], patience: Patience): pg.Pool {
  let current = 0
  const serverOf = new Map<pg.ClientBase, number>()
  const busy = new WeakSet<pg.ClientBase>()
  const whileAway = oneWhileAway()
  const wasReplaced = urls.length > 1 ? replacedPrimaries() : async () => false

  /** Goes on to the next server, where nobody has yet. */
  const leave = (server: number) => {
    if (server === current) current = (current + 1) % urls.length
  }
  const drop = (isMeant: (client: pg.ClientBase) => boolean) => {
    // After what is being told now has been heard.
    setImmediate(() => [...serverOf.keys()].filter(isMeant).forEach(destroy))
  }
  const leaveReadOnly = (server: number) => {
    leave(server)
    drop((client) => serverOf.get(client) === server)
  }
  const leaveSilent = (silent: pg.ClientBase, server: number) => {
    leave(server)
    drop((client) => client === silent || (serverOf.get(client) === server && !busy.has(client)))
  }

  class Connection extends pg.Client {
    constructor(options?: pg.ClientConfig) {
      const server = current
      super({ ...options, connectionString: urls[server] })
      // Who asks hears of it from the query; nobody else must die of it.
      this.on('error', () => {})
      let isOpen = false
      this.once('connect', () => {
        isOpen = true
        whileAway.note(false)
        serverOf.set(this, server)
      })
      this.once('end', () => {
        serverOf.delete(this)
        if (isOpen) return
        whileAway.note(true)
        leave(server)
      })
      this.connection.on('errorMessage', (message: { readonly code?: string }) => {
        if (message.code === readOnlyTransaction) leaveReadOnly(server)
      })
      watch(this, patience, () => leaveSilent(this, server))
    }
  }

  const pool = new pg.Pool({
    Client: Connection,
    max: patience.connections,
    connectionTimeoutMillis: patience.connect,
    query_timeout: patience.statement + 200,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5000,
    async onConnect(client) {
      const refusal = (await prepare(client, patience))
        ? 'this server of the database only reads'
        : (await wasReplaced(client, patience.connect)) && 'this server of the database was replaced'
      if (!refusal) return
      leaveReadOnly(serverOf.get(client) ?? current)
      throw new Error(refusal)
    },
  })
  pool.on('acquire', (client) => busy.add(client))
  pool.on('release', (_, client) => busy.delete(client))
  tellNoConnection(pool, whileAway)
  return pool
}

/** SQLSTATE of a write on a server that only reads. */
const readOnlyTransaction = '25006'

function destroy(client: pg.ClientBase): void {
  if (client instanceof pg.Client) client.connection.stream.destroy()
}

/**
 * Sets the limits in one round trip, and answers whether this server only reads. Startup parameters would do, but a
 * proxy that pools transactions refuses them.
 */
async function prepare(client: pg.ClientBase, patience: Patience): Promise<boolean> {
  const limits = limitsOf(patience).map(([name, value]) => `set_config('${name}', '${value}', false)`)
  const text = `SELECT ${limits.join(', ')}, current_setting('transaction_read_only') AS "readOnly"`
  const { rows } = await client.query<{ readOnly: string }>({ text, ...{ query_timeout: patience.connect } })
  return rows[0]?.readOnly === 'on'
}

const limitsOf = ({ statement, lock }: Patience) =>
  [
    ['statement_timeout', statement],
    ['lock_timeout', lock],
    ['idle_in_transaction_session_timeout', statement + lock],
  ] as const

/**
 * Says the limits with every BEGIN: behind a proxy that pools transactions each one may run on another session. And
 * notices a statement that was not answered in time; the server would have said so itself if it could.
 */
function watch(client: pg.Client, patience: Patience, isSilent: () => void): void {
  const begin = ['BEGIN', ...limitsOf(patience).map(([name, value]) => `SET LOCAL ${name} = ${value}`)].join('; ')
  const ask = client.query
  const query = ([question, ...rest]: readonly unknown[]): unknown => {
    const isBegin = typeof question === 'object' && question !== null && 'text' in question && question.text === 'BEGIN'
    const answer: unknown = Reflect.apply(ask, client, [isBegin ? { ...question, text: begin } : question, ...rest])
    if (answer instanceof Promise) {
      answer.catch((error: unknown) => {
        if (error instanceof Error && error.message === 'Query read timeout') isSilent()
      })
    }
    return answer
  }
  Object.assign(client, { query: (...given: readonly unknown[]) => query(given) })
}

/** As the pool's own verbs, but that a missing connection is told apart, and that a refused statement costs none. */
function tellNoConnection(pool: pg.Pool, whileAway: WhileAway): void {
  const open = pool.connect.bind(pool)
  const connect = async (): Promise<pg.PoolClient> => {
    try {
      return await whileAway.open(open)
    } catch (cause) {
      throw new NoConnection(cause)
    }
  }
  const query = async (question: pg.QueryConfig): Promise<pg.QueryResult> => {
    const client = await connect()
    try {
      const answer = await client.query(question)
      client.release()
      return answer
    } catch (error) {
      client.release(!isAnswer(error))
      throw error
    }
  }
  Object.assign(pool, { connect, query })
}

/** The server said no, and goes on with this connection. */
function isAnswer(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.severity === 'ERROR'
}
