import type { CodeStore, FoundCode } from '#core/authorize/authorization-code.ts'
import { tombstoneUntil } from '../memory/code-store.ts'
import { codeLayout, spentCodeLayout } from '../records/layouts.ts'
import { readRecord, type StoredRecord } from './record.ts'
import type { RedisTable } from './redis-table.ts'

/** The outcome and the record. What remains of a spent code, and its date, stand ready in the head until then. */
const claimScript = `
local head, body = find('code')
if not head then return { 'refused' } end
if head.spent == 1 then return { 'replayed', asText(head, body) } end
keep({ type = 'code', epoch = head.epoch, ends = head.tombstone, spent = 1 }, head.remains)
return { 'claimed', asText(head, body) }
`

/** Authorization codes in Redis; `refreshLife` in seconds, see {@link tombstoneUntil}. */
export function codeStore(table: RedisTable, refreshLife: number): CodeStore {
  const claim = table.script('signetClaimCode', claimScript)
  return {
    put: (codeHash, code) => {
      const tombstone = tombstoneUntil(code, refreshLife).getTime()
      const remains = JSON.stringify(spentCodeLayout.write(code))
      const head = { type: 'code', ends: code.expiresAt.getTime(), spent: 0, tombstone, remains } as const
      return table.put(codeHash, head, codeLayout.write(code))
    },
    find: async (codeHash) => {
      const record = await table.find('code', codeHash)
      return record && readCode(record)
    },
    claim: async (codeHash) => {
      const [, text] = (await claim('code', codeHash)) as ['refused'] | ['claimed' | 'replayed', string]
      if (text === undefined) return { outcome: 'refused' }
      const { spent, code } = readCode(readRecord(text))
      return spent ? { outcome: 'replayed', code } : { outcome: 'claimed', code }
    },
  }
}

function readCode({ head, body }: StoredRecord): FoundCode {
  if (head.spent === 1) return { spent: true, code: spentCodeLayout.read(body) }
  return { spent: false, code: codeLayout.read(body) }
}
