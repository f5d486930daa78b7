import { setTimeout as wait } from 'node:timers/promises'
import { defaultRefreshLife, type FastStoreSettings } from '../memory/fast-stores.ts'
import type { FastStores } from '../stores.ts'
import { attemptStore } from './attempt-store.ts'
import { codeStore } from './code-store.ts'
import { familyStore } from './family-store.ts'
import { type BucketKeeping, keepBuckets } from './keep-buckets.ts'
import { replayStore } from './replay-store.ts'
import { requestStore } from './request-store.ts'
import { revocationStore } from './revocation-store.ts'
import { openRedisServers } from './servers/open-redis-servers.ts'
import type { RedisServers } from './servers/redis-servers.ts'
import { sessionStore } from './session-store.ts'

export type RedisStoreSettings = FastStoreSettings &
  Pick<BucketKeeping, 'epochs' | 'leases' | 'facts' | 'report'> & {
    /** Any of the four forms, with user, password and database where there are any. */
    readonly url: string
    /** What every key begins with; `signet` unless told. No braces: they would change the hash tag. */
    readonly prefix?: string
    /** How many replicas must have a write before it is answered; none unless told. */
    readonly replicas?: number
    /** Awaited once the servers are reached, before anything is asked of them or decided by the clock. Never rejects. */
    readonly reached?: (servers: RedisServers) => Promise<void>
  }

/** The fast stores in Redis, and what is below them. */
export type RedisStores = FastStores & { readonly servers: RedisServers }

/** Milliseconds between two looks at what is in doubt, two beats, two notes to SQL; for the first look, and the last. */
const pace = { attempt: 250, beat: 1000, note: 2000, first: 2000, last: 1000 }

/**
 * The fast stores in Redis, shared by every machine. Rejects where Redis cannot be reached at all. What Redis has must be
 * the memory that SQL calls the true one: until that is known, and whenever a part of it is lost, the stores are
 * `Unavailable`, and become ready by themselves.
 */
export async function openRedisStores(settings: RedisStoreSettings): Promise<RedisStores> {
  const { sessionIdle, prefix = 'signet', refreshLife = defaultRefreshLife, url, replicas = 0 } = settings
  if (/[{}\s]/.test(prefix)) throw new Error('the Redis prefix must have no braces and no blanks')
  const servers = await openRedisServers(url, { replicas })
  await settings.reached?.(servers)
  const pacer = openPacer()
  const kept = keepBuckets({ ...settings, servers, prefix }, () => pacer.run(kept.attempt))
  pacer.every(pace.attempt, async () => void (kept.rebuilding() > 0 && (await kept.attempt())))
  pacer.every(pace.beat, kept.beat)
  pacer.every(pace.note, kept.note)
  await Promise.race([kept.attempt().catch(() => {}), wait(pace.first, undefined, { ref: false })])
  const { table } = kept
  return {
    requests: requestStore(table),
    codes: codeStore(table, refreshLife),
    sessions: sessionStore(table, sessionIdle),
    families: familyStore(table),
    revocations: revocationStore(table),
    attempts: attemptStore(table),
    replays: replayStore(table),
    servers,
    rebuilding: kept.rebuilding,
    check: kept.check,
    async close() {
      // What SQL does not hear of now is missed at the next start only: a loss that happened meanwhile.
      pacer.run(kept.note)
      await pacer.close()
      await servers.close()
    },
  }
}

/** Has work done at its pace. What fails is no news: it stays in doubt or silent, readiness says so, and a tick comes. */
function openPacer() {
  const timers: NodeJS.Timeout[] = []
  const running = new Set<Promise<void>>()
  let isClosed = false

  function run(work: () => Promise<void>): void {
    if (isClosed) return
    const round = work()
      .catch(() => {})
      .finally(() => running.delete(round))
    running.add(round)
  }

  return {
    run,
    every: (milliseconds: number, work: () => Promise<void>) =>
      void timers.push(setInterval(() => run(work), milliseconds).unref()),
    /** Begins nothing more, and gives what is under way a moment to finish. */
    async close() {
      isClosed = true
      for (const timer of timers) clearInterval(timer)
      await Promise.race([Promise.all(running), wait(pace.last, undefined, { ref: false })])
    },
  }
}
