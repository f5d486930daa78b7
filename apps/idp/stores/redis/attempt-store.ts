import type { AttemptClaim, AttemptLimit, AttemptStore } from '#core/users/attempts.ts'
import type { RedisTable } from './redis-table.ts'

/** ARGV[2]: how many the window allows, [3]: its milliseconds. 0 where counted, else milliseconds until it opens. */
const claimScript = `
local most, window = tonumber(ARGV[2]), tonumber(ARGV[3])
local head = find('attempt') or { type = 'attempt', epoch = 0, ends = now + window, count = 0 }
if head.count >= most then return head.ends - now end
head.count = head.count + 1
keep(head, 'null')
return 0
`

/** A counter at zero does not exist: its window starts with the next attempt. */
const refundScript = `
local head = find('attempt')
if not head then return end
head.count = head.count - 1
if head.count > 0 then keep(head, 'null') else redis.call('DEL', KEYS[1]) end
`

/**
 * Counters of attempts in Redis. The counters of one claim lie in several buckets, so each is counted by a script of
 * its own, all in one round trip; where one is full the others are given back. In that moment another claim may find
 * a counter fuller than it is: it can be refused too early, never allowed too late.
 */
export function attemptStore(table: RedisTable): AttemptStore {
  const claim = table.script('signetClaimAttempt', claimScript)
  const refund = table.script('signetRefundAttempt', refundScript)

  async function refundAll(limits: readonly AttemptLimit[]): Promise<void> {
    await Promise.all(limits.map(({ key }) => refund('attempt', key)))
  }

  return {
    async claim(limits): Promise<AttemptClaim> {
      const waits = await Promise.all(limits.map(({ key, most, window }) => claim('attempt', key, most, window * 1000)))
      const full = waits.findIndex((wait) => wait !== 0)
      const limit = limits[full]
      if (!limit) return { outcome: 'allowed' }
      await refundAll(limits.filter((_, at) => waits[at] === 0))
      return { outcome: 'full', key: limit.key, retryAfter: Math.ceil(Number(waits[full]) / 1000) }
    },
    refund: refundAll,
    end: (key) => table.delete('attempt', key),
  }
}
