import type { Session } from '#core/sessions/session.ts'
import type { SessionStore } from '#core/sessions/session-store.ts'
import { noteEvery } from '../memory/session-store.ts'
import { writeText, writeWords } from '../records/line.ts'
import type { RedisTable } from './redis-table.ts'
import { readingScript, writingScript } from './scripts.ts'
import { readSession, writeSession } from './session-record.ts'

/** Never over an end. ARGV[4]: its end, [5]: the rest. */
const beginScript = writingScript(
  'beginSession',
  `
  if find('s') == 'e' then return end
  keep('s', 'l', tonumber(ARGV[4]), ARGV[5])
`,
)

/** Where there is one that is not lost, live or ended, that one knows better. ARGV as above. */
const recoverScript = writingScript(
  'recoverSession',
  `
  local state, rest, ends, isOlder = find('s')
  if state and (state == 'e' or not isOlder) then return 'known' end
  keep('s', 'l', tonumber(ARGV[4]), ARGV[5])
  return 'recovered'
`,
)

/** The live session whose secret is ARGV[4] and which was used in the last ARGV[5] milliseconds. */
const findLive = `
  local state, rest, ends, isOlder, text = find('s')
  if not state or (isOlder and state == 'l') then return 'lost' end
  if state ~= 'l' then return false end
  local secret, used, signedIn, amr, body = string.match(rest, '^([^ ]*) (%x+) ([^ ]*) ([^ ]*) (.*)$')
  if secret ~= ARGV[4] or now >= tonumber(used, 16) + tonumber(ARGV[5]) then return false end
`

/** The record, or the word `due` where the use is to be noted. */
const findScript = readingScript(
  'findSession',
  `${findLive}
  return now < tonumber(used, 16) + ${noteEvery * 1000} and text or 'due'
`,
)

/** Looks again, because the session may have ended since it was found. */
const useScript = writingScript(
  'useSession',
  `${findLive}
  return renew('s', 'l', ends, table.concat({ secret, string.format('%x', now), signedIn, amr, body }, ' '))
`,
)

/** ARGV[6], [7], [8]: the next secret's hash, the time of the sign-in, how. */
const rotateScript = writingScript(
  'rotateSession',
  `${findLive}
  renew('s', 'l', ends, table.concat({ ARGV[6], string.format('%x', now), ARGV[7], ARGV[8], body }, ' '))
  return 'rotated'
`,
)

/** ARGV[4]: until when the mark must last. */
const endScript = writingScript(
  'endSession',
  `
  local state, rest, ends = find('s')
  keep('s', 'e', math.max(tonumber(ARGV[4]), ends or 0), '')
`,
)

/** Sessions in Redis; `idle` in seconds. */
export function sessionStore(table: RedisTable, idle: number): SessionStore {
  const [begin, find, use] = [table(beginScript), table(findScript), table(useScript)]
  const [recover, rotate, end] = [table(recoverScript), table(rotateScript), table(endScript)]
  const put = (verb: typeof begin, session: Session, secretHash: string) =>
    verb('session', session.id, session.expiresAt.getTime(), writeSession(session, secretHash))
  return {
    begin: async (session, secretHash) => void (await put(begin, session, secretHash)),
    find: async (id, secretHash) => {
      const shown = [writeText(secretHash), idle * 1000]
      const found = await find('session', id, ...shown)
      const text = found === 'due' ? await use('session', id, ...shown) : found
      if (typeof text !== 'string') return undefined
      return text === 'lost' ? text : readSession(id, text)
    },
    recover: async (session, secretHash) =>
      (await put(recover, session, secretHash)) === 'recovered' ? 'recovered' : 'known',
    rotate: async (id, { secretHash, nextSecretHash, authTime, amr }) => {
      const renewed = [writeText(nextSecretHash), authTime.getTime().toString(36), writeWords(amr)]
      const answer = await rotate('session', id, writeText(secretHash), idle * 1000, ...renewed)
      return answer === 'rotated' ? 'rotated' : 'refused'
    },
    end: async (id, expiresAt) => void (await end('session', id, expiresAt.getTime())),
  }
}
