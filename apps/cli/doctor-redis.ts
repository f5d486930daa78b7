import type { Config } from '#config/config.ts'
import { withoutPassword } from '#config/store-url.ts'
import { systemClock } from '#core/clock.ts'
import type { RedisFinding } from '#stores/redis/settings/redis-findings.ts'
import { type DoctorFinding, fine, warning, wrong } from './doctor-finding.ts'
import { explain } from './explain.ts'

/** Whether Redis answers, and what each of its servers does that can lose what was acknowledged. */
export async function checkRedis({ redis }: Config): Promise<readonly DoctorFinding[]> {
  if (redis.url === undefined) return [fine('The embedded store is used; no Redis is needed on one machine.')]
  const [{ openRedisServers }, { examineRedis }] = await Promise.all([
    import('#stores/redis/servers/open-redis-servers.ts'),
    import('#stores/redis/settings/examine.ts'),
  ])
  const where = withoutPassword(redis.url)
  try {
    const servers = await openRedisServers(redis.url, { replicas: 0, name: 'signet-doctor' })
    try {
      const seen = await examineRedis({ servers, replicas: redis.replicas, now: systemClock.now })
      const told = await Promise.all(seen.findings.map((finding) => tell(finding, redis.accept)))
      const clean = seen.servers.filter((server) => !seen.findings.some((finding) => finding.server === server))
      return [
        fine(`Redis at ${where} answers: ${seen.servers.join(', ')}.`),
        ...clean.map((server) => fine(`Redis at ${server} keeps what it acknowledges.`)),
        ...told,
      ]
    } finally {
      await servers.close()
    }
  } catch (error) {
    return [
      wrong(`Redis at ${where} cannot be used: ${explain(error).lines.join(' ')}`, 'Check REDIS_URL and the server.'),
    ]
  }
}

/** What can lose something is wrong, even where it is accepted: then the server starts, and no more than that. */
async function tell(finding: RedisFinding, accepted: Config['redis']['accept']): Promise<DoctorFinding> {
  const { isRisk } = await import('#stores/redis/settings/redis-findings.ts')
  const { name, server, what, mend } = finding
  const line = `Redis at ${server}: ${what}`
  if (!isRisk(finding)) return warning(line, mend)
  const isAccepted = accepted.some((each) => each === name)
  return isAccepted ? warning(`${line} Accepted (${name}).`, mend) : wrong(`${line} (${name})`, mend)
}
