import type { Clock } from '#core/clock.ts'
import type { RedisServers } from '../redis/servers/redis-servers.ts'
import type { DurableStores, FastStores } from '../stores.ts'
import { cachedStores, type ToldStores } from './cached-stores.ts'
import { fallbackAttempts } from './fallback-attempts.ts'
import { redisChanges } from './redis-changes.ts'
import { rememberedEverything } from './remembered-everything.ts'

export type RememberingParts = {
  readonly durable: DurableStores
  readonly fast: Pick<FastStores, 'attempts' | 'revocations'>
  /** What the machines tell each other by. */
  readonly servers: RedisServers
  readonly prefix: string
  readonly clock: Clock
}

/** The stores that go on for a while where what is behind them is away, in the place of those that several machines share. */
export function remembering({
  durable,
  fast,
  servers,
  prefix,
  clock,
}: RememberingParts): ToldStores & RememberingParts['fast'] {
  return {
    ...cachedStores(durable, redisChanges(servers, prefix), clock),
    attempts: fallbackAttempts(fast.attempts, clock),
    revocations: rememberedEverything(fast.revocations),
  }
}
