import type { Redis } from 'ioredis'
import { defaultRefreshLife, type FastStoreSettings } from '../memory/fast-stores.ts'
import type { FastStores } from '../stores.ts'
import { accessTokenStore } from './access-token-store.ts'
import { attemptStore } from './attempt-store.ts'
import { codeStore } from './code-store.ts'
import { answerOf, connect } from './connect.ts'
import { familyStore } from './family-store.ts'
import { redisTable } from './redis-table.ts'
import { requestStore } from './request-store.ts'
import { revocationStore } from './revocation-store.ts'
import { sessionStore } from './session-store.ts'

export type RedisStoreSettings = FastStoreSettings & {
  /** `redis://` or `rediss://`, with user, password and database where there are any. */
  readonly url: string
  /** What every key begins with; `signet` unless told. No braces: they would change the hash tag. */
  readonly prefix?: string
}

/** The fast stores in Redis, shared by every machine. Rejects where Redis cannot be reached at all. */
export async function openRedisStores(settings: RedisStoreSettings): Promise<FastStores> {
  const { clock, sessionIdle, prefix = 'signet', refreshLife = defaultRefreshLife } = settings
  if (/[{}\s]/.test(prefix)) throw new Error('the Redis prefix must have no braces and no blanks')
  const redis = await connect(settings.url)
  const table = redisTable(redis, clock, prefix)
  return {
    requests: requestStore(table),
    codes: codeStore(table, refreshLife),
    sessions: sessionStore(table, sessionIdle),
    families: familyStore(table),
    revocations: revocationStore(table, clock),
    accessTokens: accessTokenStore(table),
    attempts: attemptStore(table),
    // A write, because a replica and a full disk answer reads.
    check: async () => void (await answerOf(redis.set(`${prefix}:check`, '', 'PX', 10_000))),
    close: () => close(redis),
  }
}

/** Lets what was sent be answered, where there is still somebody to answer. */
async function close(redis: Redis): Promise<void> {
  await redis.quit().catch(() => {})
  redis.disconnect()
}
