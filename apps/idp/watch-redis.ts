import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import { ConfigError } from '#config/config-error.ts'
import type { Clock } from '#core/clock.ts'
import type { RedisServers } from '#stores/redis/servers/redis-servers.ts'
import { examineRedis } from '#stores/redis/settings/examine.ts'
import { isRisk, type RedisFinding, type RedisFindingName } from '#stores/redis/settings/redis-findings.ts'

export type RedisWatch = {
  readonly servers: Pick<RedisServers, 'list'>
  readonly settings: Pick<Config['redis'], 'replicas' | 'accept'>
  readonly clock: Clock
  readonly logger: Logger
  /** Told how many servers have each finding, at every look. */
  readonly noted: (counts: ReadonlyMap<RedisFindingName, number>) => void
}

/** Milliseconds between two looks. */
const every = 10_000

/**
 * Looks at what Redis really does; `refuse` throws `ConfigError` where it can lose what it acknowledges and the operator
 * has not accepted that by name. Throws `Unavailable` where Redis does not answer. Then looks every ten seconds, and logs
 * what has become wrong and what is right again. Answers how to stop.
 */
export async function watchRedis(watch: RedisWatch, refuse: boolean): Promise<() => void> {
  const { settings, logger } = watch
  const told = new Set<string>()
  const first = await look(watch, told)
  const risks = first.filter(isRisk).filter(({ name }) => !settings.accept.includes(name))
  if (refuse && risks.length > 0) throw refusal(risks)

  const timer = setInterval(() => {
    // Whether it answers at all is for readiness to say.
    look(watch, told).catch((error) => logger.debug({ err: error }, 'the settings of Redis could not be looked at'))
  }, every)
  timer.unref()
  return () => clearInterval(timer)
}

async function look({ servers, settings, clock, logger, noted }: RedisWatch, told: Set<string>) {
  const { findings } = await examineRedis({ servers, replicas: settings.replicas, now: clock.now })
  const counts = new Map<RedisFindingName, number>()
  const present = new Map(findings.map((finding) => [`${finding.name} ${finding.server}`, finding]))
  for (const [key, { name, server, what, mend }] of present) {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    if (!told.has(key)) logger.warn({ event: 'redis', finding: name, server, mend }, `Redis at ${server}: ${what}`)
    told.add(key)
  }
  for (const key of told) {
    if (present.has(key)) continue
    told.delete(key)
    const [finding, server] = key.split(' ')
    logger.info({ event: 'redis', finding, server }, `Redis at ${server}: ${finding} is right again`)
  }
  noted(counts)
  return findings
}

function refusal(risks: readonly RedisFinding[]): ConfigError {
  return new ConfigError(
    risks.map(({ name, server, what, mend }) => ({
      setting: 'redis.url',
      source: `Redis at ${server}`,
      fault: what.charAt(0).toUpperCase() + what.slice(1),
      mend: `${mend} To start in spite of it, add ${name} to redis.accept.`,
    })),
  )
}
