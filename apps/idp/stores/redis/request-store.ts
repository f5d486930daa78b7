import type { AuthorizationRequest } from '#core/authorize/authorization-request.ts'
import type { FoundRequest, RequestStore } from '#core/authorize/request-store.ts'
import { requestLayout } from '../records/layouts.ts'
import { readText, readWord, writeText } from '../records/line.ts'
import { readRecord, splitRest } from './record.ts'
import type { RedisTable } from './redis-table.ts'
import { readingScript, writingScript } from './scripts.ts'

/** ARGV[4]: its end, [5]: the rest: the browser, the chosen session, the client, the whole request as JSON. */
const beginScript = writingScript('beginRequest', `keep('r', 'o', tonumber(ARGV[4]), ARGV[5])`)

/** A request from before the bucket lost its memory does not exist: whether it was answered is not known any more. */
const findRequest = `
  local state, rest, ends, isOlder, text = find('r')
  if not state or isOlder then return false end
`

const findScript = readingScript('findRequest', `${findRequest} return text`)

const findOpen = `${findRequest}
  if state ~= 'o' then return false end
  local browser, chosen, client, body = string.match(rest, '^([^ ]*) ([^ ]*) ([^ ]*) (.*)$')
`

/** ARGV[4]: the browser's hash. 1 where the request is open and this browser's now. */
const claimScript = writingScript(
  'claimRequest',
  `${findOpen}
  if browser == '' then
    browser = ARGV[4]
    keep('r', 'o', ends, table.concat({ browser, chosen, client, body }, ' '))
  end
  return browser == ARGV[4] and 1 or 0
`,
)

/** ARGV[4]: the id of the chosen session. */
const chooseScript = writingScript(
  'chooseSession',
  `${findOpen}
  keep('r', 'o', ends, table.concat({ browser, ARGV[4], client, body }, ' '))
`,
)

/** 1 for whoever ends it. Only the client is remembered. */
const endScript = writingScript(
  'endRequest',
  `${findOpen}
  keep('r', 'e', ends, client)
  return 1
`,
)

/** Authorization requests in Redis. */
export function requestStore(table: RedisTable): RequestStore {
  const [begin, find, claim] = [table(beginScript), table(findScript), table(claimScript)]
  const [choose, end] = [table(chooseScript), table(endScript)]
  return {
    begin: async (request) => {
      await begin('request', request.id, request.expiresAt.getTime(), writeRequest(request))
    },
    find: async (id) => {
      const text = await find('request', id)
      return typeof text === 'string' ? readRequest(text) : undefined
    },
    claim: async (id, browserHash) => (await claim('request', id, writeText(browserHash))) === 1,
    put: async (id, chosenSessionId) => void (await choose('request', id, writeText(chosenSessionId))),
    end: async (id) => (await end('request', id)) === 1,
  }
}

function writeRequest(request: AuthorizationRequest): string {
  const { browserHash, chosenSessionId, clientId } = request
  const head = [browserHash, chosenSessionId, clientId].map(writeText)
  return [...head, JSON.stringify(requestLayout.write(request))].join(' ')
}

function readRequest(text: string): FoundRequest {
  const { state, rest } = readRecord(text)
  if (state !== 'o') return { state: 'ended', clientId: readWord(rest) }
  const { fields, body } = splitRest(rest, 2)
  const changed = { browserHash: readText(fields[0]), chosenSessionId: readText(fields[1]) }
  // After the two comes the client, which the JSON has too.
  return { state: 'open', request: { ...requestLayout.read(JSON.parse(splitRest(body, 1).body)), ...changed } }
}
