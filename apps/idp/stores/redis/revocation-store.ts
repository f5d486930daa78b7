import type { Clock } from '#core/clock.ts'
import type { Revocable, RevocationMark, RevocationStore } from '#core/tokens/revocation-store.ts'
import type { RecordType } from '../memory/table.ts'
import type { StoredRecord } from './record.ts'
import type { RedisTable } from './redis-table.ts'

/** ARGV[2]: the type, [3]: the version (0 for a `jti`), [4]: until when. Neither ever goes back. */
const addScript = `
local head = find(ARGV[2])
local version = math.max(tonumber(ARGV[3]), head and head.version or 0)
keep({ type = ARGV[2], epoch = 0, ends = math.max(tonumber(ARGV[4]), endsOf(head)), version = version }, 'null')
`

/** Revocation marks in Redis. A look is one pipeline: what a token depends on lies in several buckets. */
export function revocationStore(table: RedisTable, clock: Clock): RevocationStore {
  const add = table.script('signetAddMark', addScript)
  return {
    add: async (mark) => {
      const version = mark.kind === 'token' ? 0 : mark.version
      await add(mark.kind, idOf(mark), mark.kind, version, mark.until.getTime())
    },
    has: async (token) => {
      const dependencies = dependenciesOf(token)
      const records = await table.findAll(dependencies.map(({ type, id }) => [type, id]))
      const now = clock.now().getTime()
      return dependencies.some(({ version }, at) => {
        const record = records[at]
        return record !== undefined && now < record.head.ends && isEnd(record, version)
      })
    },
    everything: async () => Number((await table.find('everything', ''))?.head.version ?? 0),
  }
}

function idOf(mark: RevocationMark): string {
  if (mark.kind === 'token') return mark.jti
  return mark.kind === 'everything' ? '' : mark.id
}

/** One record that can end a token; `version` is the one that the token copied, where it copied one. */
type Dependency = { readonly type: RecordType; readonly id: string; readonly version?: number }

function dependenciesOf({ jti, familyId, sessionId, userId, clientId, versions }: Revocable): readonly Dependency[] {
  return [
    ...(jti === undefined ? [] : [{ type: 'token', id: jti } as const]),
    ...(familyId === undefined ? [] : [{ type: 'family', id: familyId } as const]),
    ...(sessionId === undefined ? [] : [{ type: 'session', id: sessionId } as const]),
    ...(userId === undefined ? [] : [{ type: 'user', id: userId, version: versions.user } as const]),
    { type: 'client', id: clientId, version: versions.client },
    { type: 'everything', id: '', version: versions.everything },
  ]
}

function isEnd({ head }: StoredRecord, version: number | undefined): boolean {
  if (version !== undefined) return version < Number(head.version)
  return head.type === 'token' || head.state === 'ended'
}
