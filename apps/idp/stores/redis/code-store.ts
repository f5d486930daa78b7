import type { AuthorizationCode, CodeStore, FoundCode, SpentCode } from '#core/authorize/authorization-code.ts'
import { tombstoneUntil } from '../memory/code-store.ts'
import { codeLayout } from '../records/layouts.ts'
import { readWord, writeText } from '../records/line.ts'
import { readRecord, splitRest } from './record.ts'
import type { RedisTable } from './redis-table.ts'
import { readingScript, writingScript } from './scripts.ts'

/** ARGV[4]: its end, [5]: the rest: the tombstone's end, the four fields that remain, the whole code as JSON. */
const putScript = writingScript('putCode', `keep('c', 'n', tonumber(ARGV[4]), ARGV[5])`)

/**
 * A code from before the bucket lost its memory does not exist: whether it was spent is not known any more. A spent one
 * is spent for ever.
 */
const findCode = `
  local state, rest, ends, isOlder, text = find('c')
  if not state or (isOlder and state == 'n') then return false end
`

const findScript = readingScript('findCode', `${findCode} return text`)

/** The outcome and the record. */
const claimScript = writingScript(
  'claimCode',
  `${findCode}
  if state == 's' then return { 'replayed', text } end
  local tombstone, remains = string.match(rest, '^(%x+) ([^ ]+ [^ ]+ [^ ]+ [^ ]+) ')
  keep('c', 's', tonumber(tombstone, 16), remains)
  return { 'claimed', text }
`,
)

/** Authorization codes in Redis; `refreshLife` in seconds, see {@link tombstoneUntil}. */
export function codeStore(table: RedisTable, refreshLife: number): CodeStore {
  const [put, find, claim] = [table(putScript), table(findScript), table(claimScript)]
  return {
    put: async (codeHash, code) => {
      const tombstone = tombstoneUntil(code, refreshLife).getTime().toString(16)
      await put('code', codeHash, code.expiresAt.getTime(), `${tombstone} ${writeRemains(code)} ${writeBody(code)}`)
    },
    find: async (codeHash) => {
      const text = await find('code', codeHash)
      return typeof text === 'string' ? readCode(text) : undefined
    },
    claim: async (codeHash) => {
      const answer = (await claim('code', codeHash)) as null | ['claimed' | 'replayed', string]
      if (!answer) return { outcome: 'refused' }
      const { spent, code } = readCode(answer[1])
      return spent ? { outcome: 'replayed', code } : { outcome: 'claimed', code }
    },
  }
}

/** What stays of a code when it is spent: no field is empty. */
function writeRemains({ clientId, userId, sessionId, familyId }: SpentCode): string {
  return [clientId, userId, sessionId, familyId].map(writeText).join(' ')
}

function writeBody(code: AuthorizationCode): string {
  return JSON.stringify(codeLayout.write(code))
}

function readCode(text: string): FoundCode {
  const { state, rest } = readRecord(text)
  if (state !== 's') return { spent: false, code: codeLayout.read(JSON.parse(splitRest(rest, 5).body)) }
  const [clientId, userId, sessionId, familyId] = rest.split(' ').map(readWord)
  return {
    spent: true,
    code: { clientId: clientId ?? '', userId: userId ?? '', sessionId: sessionId ?? '', familyId: familyId ?? '' },
  }
}
