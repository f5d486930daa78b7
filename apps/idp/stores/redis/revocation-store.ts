import type { Revocable, RevocationMark, RevocationStore } from '#core/tokens/revocation-store.ts'
import type { RecordType } from '../memory/table.ts'
import { letterOf } from './record.ts'
import type { RedisTable } from './redis-table.ts'
import { readingScript, writingScript } from './scripts.ts'

/** ARGV[4]: the type's letter, [5]: the version (0 for a `jti`), [6]: until when. Neither ever goes back. */
const addScript = writingScript(
  'addMark',
  `
  local state, rest, ends = find(ARGV[4])
  local version = math.max(tonumber(ARGV[5]), state and tonumber(rest, 16) or 0)
  keep(ARGV[4], 'm', math.max(tonumber(ARGV[6]), ends or 0), string.format('%x', version))
`,
)

/** ARGV[4]: the type's letter. The version of a mark, -1 for an end, nothing where neither is. Marks have no epoch. */
const lookScript = readingScript(
  'lookForMark',
  `
  local state, rest = find(ARGV[4])
  if state == 'm' then return tonumber(rest, 16) end
  return state == 'e' and -1
`,
)

/** Revocation marks in Redis. A look is a script for each thing that a token depends on, all in one round trip. */
export function revocationStore(table: RedisTable): RevocationStore {
  const [add, look] = [table(addScript), table(lookScript)]
  const lookFor = async ({ type, id }: Dependency) => {
    const answer = await look(type, id, letterOf[type])
    return typeof answer === 'number' ? answer : undefined
  }
  return {
    add: async (mark) => {
      const version = mark.kind === 'token' ? 0 : mark.version
      await add(mark.kind, idOf(mark), letterOf[mark.kind], version, mark.until.getTime())
    },
    has: async (token) => {
      const dependencies = dependenciesOf(token)
      const marks = await Promise.all(dependencies.map(lookFor))
      return dependencies.some(({ version }, at) => isEnd(marks[at], version))
    },
    everything: async () => (await lookFor({ type: 'everything', id: '' })) ?? 0,
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

/** A copied version is compared; of a `jti`, a family or a session any mark or end will do. */
function isEnd(mark: number | undefined, version: number | undefined): boolean {
  if (mark === undefined) return false
  return version === undefined || version < mark
}
