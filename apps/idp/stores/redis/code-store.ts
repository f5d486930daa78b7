import type { CodeStore } from '#core/authorize/authorization-code.ts'
import { tombstoneUntil } from '../memory/code-store.ts'
import { codeLayout } from '../records/layouts.ts'
import { readRecord } from './record.ts'
import type { RedisTable } from './redis-table.ts'

/** The outcome and the record. A spent code's date becomes its tombstone's. */
const claimScript = `
local head, body = find('code')
if not head then return { 'refused' } end
if head.spent == 1 then return { 'replayed', asText(head, body) } end
head.spent = 1
head.ends = head.tombstone
keep(head, body)
return { 'claimed', asText(head, body) }
`

/** Authorization codes in Redis; `refreshLife` in seconds, see {@link tombstoneUntil}. */
export function codeStore(table: RedisTable, refreshLife: number): CodeStore {
  const claim = table.script('signetClaimCode', claimScript)
  return {
    put: (codeHash, code) => {
      const tombstone = tombstoneUntil(code, refreshLife).getTime()
      const head = { type: 'code', ends: code.expiresAt.getTime(), spent: 0, tombstone } as const
      return table.put(codeHash, head, codeLayout.write(code))
    },
    find: async (codeHash) => {
      const record = await table.find('code', codeHash)
      return record && { spent: record.head.spent === 1, code: codeLayout.read(record.body) }
    },
    claim: async (codeHash) => {
      const [outcome, text] = (await claim('code', codeHash)) as ['refused'] | ['claimed' | 'replayed', string]
      return text === undefined ? { outcome: 'refused' } : { outcome, code: codeLayout.read(readRecord(text).body) }
    },
  }
}
