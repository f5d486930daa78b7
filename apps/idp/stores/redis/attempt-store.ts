import type { AttemptClaim, AttemptLimit, AttemptStore } from '#core/users/attempts.ts'
import type { RedisTable } from './redis-table.ts'
import { writingScript } from './scripts.ts'

/** ARGV[4]: how many the window allows, [5]: its milliseconds. 0 where counted, else milliseconds until it opens. */
const claimScript = writingScript(
  'claimAttempt',
  `
  local most = tonumber(ARGV[4])
  local state, rest, ends = find('a')
  local count = state and tonumber(rest) or 0
  ends = ends or now + tonumber(ARGV[5])
  if count >= most then return ends - now end
  keep('a', 'c', ends, count + 1)
  return 0
`,
)

/** A counter at zero does not exist: its window starts with the next attempt. */
const refundScript = writingScript(
  'refundAttempt',
  `
  local state, rest, ends = find('a')
  if not state then return end
  local count = tonumber(rest) - 1
  if count > 0 then keep('a', 'c', ends, count) else drop() end
`,
)

const endScript = writingScript('endAttempt', 'drop()')

/**
 * Counters of attempts in Redis. The counters of one claim lie in several buckets, so each is counted by a script of
 * its own, all in one round trip; where one is full the others are given back. In that moment another claim may find
 * a counter fuller than it is: it can be refused too early, never allowed too late.
 */
export function attemptStore(table: RedisTable): AttemptStore {
  const [claim, refund, end] = [table(claimScript), table(refundScript), table(endScript)]

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
    end: async (key) => void (await end('attempt', key)),
  }
}
