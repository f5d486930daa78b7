import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { History } from '../history/history.ts'
import { withRedis } from '../lab/redis-node.ts'

export type Watched = { readonly redis: string; readonly postgres: string }

/** Milliseconds: a store that takes longer for one small write is slow, whatever the machines do. */
const slow = 400
const every = 300

/**
 * Writes a little to both stores now and then, past the machines and the proxies, and notes as a fault when that takes
 * long: on a computer that is busy elsewhere the stores are slow, and then a machine may say that it cannot answer. A
 * store that does not answer at all is the scenario's own fault, which notes it itself. Ends with the answered function.
 */
export function watchStores(history: History, { redis, postgres }: Watched): () => Promise<void> {
  let isOver = false
  async function watch(write: () => Promise<unknown>): Promise<void> {
    while (!isOver) {
      let whole: (() => void) | undefined
      const timer = setTimeout(() => {
        whole = history.break('slow store')
      }, slow)
      await write().catch(() => {})
      clearTimeout(timer)
      whole?.()
      await wait(every)
    }
  }
  const watching = Promise.all([
    watch(() => withRedis(redis, (connection) => connection.set('lab:pulse', '1'))),
    watch(() => commit(postgres)),
  ])
  return async () => {
    isOver = true
    await watching
  }
}

/** A commit that has to reach the disk, and touches no table. */
async function commit(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, query_timeout: 5000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(`SELECT pg_logical_emit_message(true, 'lab', '')`)
  } finally {
    await client.end().catch(() => {})
  }
}
