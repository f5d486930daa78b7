import { whyNoPostgresServer } from '../lab/postgres-node.ts'
import { whyNoRedisServer } from '../lab/redis-node.ts'

/** Why no arena can be opened here, in words; undefined where one can. */
export function whyNoServers(): string | undefined {
  return whyNoRedisServer() ?? whyNoPostgresServer()
}
