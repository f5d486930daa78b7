import { Unavailable } from '#core/oauth/error.ts'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import { count, keysOf } from './scripts.ts'

// A process of its own, because Node reads NODE_EXTRA_CA_CERTS once, at its start. Writes what came of it.
try {
  const servers = await openRedisServers(process.env.REDIS_URL ?? '', { replicas: 0 })
  const answer = await servers.run(1, count, keysOf('signet', 1), [])
  process.stdout.write(JSON.stringify(answer))
  await servers.close()
} catch (error) {
  const cause = error instanceof Unavailable ? error.cause : ''
  process.stdout.write(`${String(error)} ${String(cause)}`)
}
