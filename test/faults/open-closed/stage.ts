import { openLab } from '#bench/faults/lab/lab.ts'
import { type PostgresNode, startPostgresNode, whyNoPostgresServer } from '#bench/faults/lab/postgres-node.ts'
import { type RedisNode, startRedisNode, whyNoRedisServer } from '#bench/faults/lab/redis-node.ts'
import { aWorld, type World } from '../../security/support/world.ts'

/** A server in this process over a Redis and a PostgreSQL of its own. */
export type Stage = {
  readonly world: World
  readonly redis: RedisNode
  readonly postgres: PostgresNode
  close(): Promise<void>
}

/** Why there can be no stage here; undefined where there can. */
export function whyNoStage(): string | undefined {
  return whyNoRedisServer() ?? whyNoPostgresServer()
}

/** The URL of a server that trusts whoever connects, fit for a flag: those hold no passwords. */
export function withoutPassword(url: string): string {
  return Object.assign(new URL(url), { password: '' }).href
}

/** Sets the stage. The deadline is the one of production. */
export async function aStage(): Promise<Stage> {
  const lab = openLab()
  try {
    const [redis, postgres] = await Promise.all([startRedisNode(lab), startPostgresNode(lab)])
    const database = withoutPassword(postgres.url)
    const flags = { 'redis.url': redis.url, 'database.url': database, 'listen.answerWithin': '2s' }
    const world = await aWorld({ stores: 'real', flags })
    lab.defer(() => world.close())
    return { world, redis, postgres, close: () => lab.close() }
  } catch (error) {
    await lab.close()
    throw error
  }
}
