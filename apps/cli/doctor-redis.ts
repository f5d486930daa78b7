import type { Redis } from 'ioredis'
import type { Config } from '#config/config.ts'
import { withoutPassword } from '#config/store-url.ts'
import { type DoctorFinding, fine, warning, wrong } from './doctor-finding.ts'

/** Whether Redis answers, and whether its settings can lose what was acknowledged. */
export async function checkRedis({ redis: { url } }: Config): Promise<readonly DoctorFinding[]> {
  if (url === undefined) return [fine('The embedded store is used; no Redis is needed on one machine.')]
  const where = withoutPassword(url)
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: 3000,
    commandTimeout: 2000,
    retryStrategy: () => null,
  })
  let lastError = 'no answer'
  redis.on('error', (error: Error) => {
    lastError = error.message
  })
  try {
    await redis.connect()
    return [fine(`Redis at ${where} answers (${await versionOf(redis)}).`), ...(await checkDurability(redis))]
  } catch {
    return [wrong(`Redis at ${where} cannot be used: ${lastError}`, 'Check REDIS_URL and the server.')]
  } finally {
    redis.disconnect()
  }
}

/** An account may be kept from asking (ACL): that is no failure either. */
async function versionOf(redis: Redis): Promise<string> {
  const info = await redis.info('server').catch(() => '')
  return /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown version'
}

/** What each setting must be, and what happens otherwise. */
const durable: readonly (readonly [name: string, value: string, why: string])[] = [
  ['appendonly', 'yes', 'a restart forgets every session and refresh token'],
  ['appendfsync', 'always', 'a crash forgets the last second, with rotations that were acknowledged'],
  ['no-appendfsync-on-rewrite', 'no', 'while the log is rewritten nothing is synced'],
  ['maxmemory-policy', 'noeviction', 'a full Redis throws sessions and revocations away'],
]

async function checkDurability(redis: Redis): Promise<readonly DoctorFinding[]> {
  const findings: DoctorFinding[] = []
  for (const [name, value, why] of durable) {
    const set = await settingOf(redis, name)
    const mend = `Set ${name} ${value} in redis.conf.`
    if (set === undefined)
      findings.push(warning(`Redis ${name}: cannot see it.`, `Make sure that it is ${value}; else ${why}.`))
    else if (set === value) findings.push(fine(`Redis ${name} is ${value}.`))
    else findings.push(wrong(`Redis ${name} is ${set}: ${why}.`, mend))
  }
  return findings
}

/** A managed Redis hides its settings, or the account may not ask: that is no failure. */
async function settingOf(redis: Redis, name: string): Promise<string | undefined> {
  try {
    const answer = await redis.config('GET', name)
    return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined
  } catch {
    return undefined
  }
}
