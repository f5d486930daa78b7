import { systemClock } from '#core/clock.ts'
import type { EpochStore } from '../epoch-store.ts'
import { bucketServers } from './bucket-servers.ts'
import type { RedisServers } from './servers/redis-servers.ts'

/** How far epochs jump where Redis cannot be asked: past any that a memory of it may have. */
const leap = 1000

export type DeclareLostParts = {
  readonly epochs: EpochStore
  readonly servers: RedisServers
  readonly prefix: string
}

/**
 * Declares that what is in Redis is not to be believed, because SQL was restored from a backup: every bucket is shut, in
 * Redis where it can be reached, and moved on in SQL. Running servers answer 503 until one of them has rebuilt the
 * buckets from what SQL knows. Answers how many buckets Redis could be told of (of 256); rejects where SQL cannot be
 * reached, and calling again is right then. Buckets of another database are left alone.
 */
export async function declareLost({ epochs, servers, prefix }: DeclareLostParts): Promise<number> {
  const buckets = bucketServers(servers, prefix, systemClock)
  const [facts, installation] = await Promise.all([epochs.list(systemClock.now()), epochs.installation()])
  const moves = await Promise.all(
    facts.map(async ({ bucket, epoch: from }) => {
      const found = await buckets.probe(bucket).catch(() => undefined)
      const to = found ? Math.max(Math.abs(found.epoch), from) + 1 : from + leap
      const isShut = found !== undefined && (await buckets.fence(bucket, to, installation).catch(() => false))
      return { bucket, from, to, isShut }
    }),
  )
  await epochs.claim(moves)
  return moves.filter(({ isShut }) => isShut).length
}
