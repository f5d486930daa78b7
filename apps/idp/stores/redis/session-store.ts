import type { Session } from '#core/sessions/session.ts'
import type { SessionStore } from '#core/sessions/session-store.ts'
import { noteEvery } from '../memory/session-store.ts'
import { sessionLayout } from '../records/layouts.ts'
import { readRecord, writeRecord } from './record.ts'
import type { RedisTable } from './redis-table.ts'

/** The live session whose secret is ARGV[2] and which was used in the last ARGV[3] milliseconds. */
const findLive = `
local function findLive()
  local head, body = find('session')
  if not head or head.state ~= 'live' or head.secret ~= ARGV[2] then return nil end
  if now >= head.used + tonumber(ARGV[3]) then return nil end
  return head, body
end
`

/** ARGV[2]: the record. An id that was ended before it began stays ended. */
const beginScript = `
local head = find('session')
if head and head.state == 'ended' then return end
local newline = string.find(ARGV[2], '\\n', 1, true)
keep(cjson.decode(string.sub(ARGV[2], 1, newline - 1)), string.sub(ARGV[2], newline + 1))
`

const findScript = `${findLive}
local head, body = findLive()
if not head then return false end
if now >= head.used + ${noteEvery * 1000} then
  head.used = now
  keep(head, body)
end
return asText(head, body)
`

/** ARGV[4], [5], [6]: the next secret's hash, the time of the sign-in, how (a JSON array). */
const rotateScript = `${findLive}
local head, body = findLive()
if not head then return 'refused' end
head.secret, head.signedIn, head.amr, head.used = ARGV[4], tonumber(ARGV[5]), ARGV[6], now
keep(head, body)
return 'rotated'
`

/** ARGV[2]: until when the mark must last. */
const endScript = `
local ends = math.max(tonumber(ARGV[2]), endsOf(find('session')))
keep({ type = 'session', epoch = 0, ends = ends, state = 'ended' }, 'null')
`

/** Sessions in Redis; `idle` in seconds. */
export function sessionStore(table: RedisTable, idle: number): SessionStore {
  const begin = table.script('signetBeginSession', beginScript)
  const find = table.script('signetFindSession', findScript)
  const rotate = table.script('signetRotateSession', rotateScript)
  const end = table.script('signetEndSession', endScript)
  return {
    begin: async (session, secretHash) => void (await begin('session', session.id, writeSession(session, secretHash))),
    find: async (id, secretHash) => {
      const text = await find('session', id, secretHash, idle * 1000)
      return typeof text === 'string' ? readSession(text) : undefined
    },
    rotate: async (id, { secretHash, nextSecretHash, authTime, amr }) => {
      const renewed = [nextSecretHash, authTime.getTime(), JSON.stringify(amr)]
      const answer = await rotate('session', id, secretHash, idle * 1000, ...renewed)
      return answer === 'rotated' ? 'rotated' : 'refused'
    },
    end: async (id, expiresAt) => void (await end('session', id, expiresAt.getTime())),
  }
}

/** What signing in again changes stands in the head. */
function writeSession(session: Session, secretHash: string): string {
  const { authTime, lastUsedAt, expiresAt } = session
  const dates = { ends: expiresAt.getTime(), used: lastUsedAt.getTime(), signedIn: authTime.getTime() }
  const head = { type: 'session', state: 'live', secret: secretHash, amr: JSON.stringify(session.amr) } as const
  return writeRecord({ ...head, ...dates }, sessionLayout.write(session))
}

function readSession(text: string): Session {
  const { head, body } = readRecord(text)
  const dates = { authTime: new Date(Number(head.signedIn)), lastUsedAt: new Date(Number(head.used)) }
  return { ...sessionLayout.read(body), ...dates, amr: JSON.parse(String(head.amr)) }
}
