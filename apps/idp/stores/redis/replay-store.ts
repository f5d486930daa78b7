import type { ReplayStore } from '#core/clients/replay-store.ts'
import type { RedisTable } from './redis-table.ts'
import { writingScript } from './scripts.ts'

/** ARGV[4]: until when it is remembered. 1 for the first; what was used is used under any epoch. */
const claimScript = writingScript(
  'claimReplay',
  `
  if find('j') then return 0 end
  keep('j', 'm', tonumber(ARGV[4]), '')
  return 1
`,
)

/** What works once, in Redis: the script is the claim, so that no two machines can both be the first. */
export function replayStore(table: RedisTable): ReplayStore {
  const claim = table(claimScript)
  return {
    claim: async (key, until) => ((await claim('replay', key, until.getTime())) === 1 ? 'claimed' : 'replayed'),
  }
}
