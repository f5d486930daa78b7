import type { RedisServers } from '../servers/redis-servers.ts'
import { type RedisFinding, redisTable } from './redis-findings.ts'
import { seeRedis } from './redis-seen.ts'

export type Examination = {
  readonly servers: Pick<RedisServers, 'list'>
  /** The setting `redis.replicas`. */
  readonly replicas: number
  readonly now: () => Date
}

/** What is wrong with the servers that hold our keys, and which those are. Throws `Unavailable`. */
export async function examineRedis({ servers, replicas, now }: Examination): Promise<{
  readonly servers: readonly string[]
  readonly findings: readonly RedisFinding[]
}> {
  const listed = await servers.list()
  const findings = await Promise.all(
    listed.map(async (server) => {
      const seen = await seeRedis(server, replicas, now)
      return redisTable.flatMap(({ name, look }) => {
        const fault = look(seen)
        return fault ? [{ name, server: server.address, ...fault }] : []
      })
    }),
  )
  return { servers: listed.map(({ address }) => address), findings: findings.flat() }
}
