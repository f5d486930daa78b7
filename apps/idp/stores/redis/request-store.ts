import type { FoundRequest, RequestStore } from '#core/authorize/request-store.ts'
import { requestLayout } from '../records/layouts.ts'
import type { StoredRecord } from './record.ts'
import type { RedisTable } from './redis-table.ts'

/** ARGV[2]: the browser's hash. 1 where the request is open and this browser's now. */
const claimScript = `
local head, body = find('request')
if not head or head.state ~= 'open' then return 0 end
if head.browser == '' then
  head.browser = ARGV[2]
  keep(head, body)
end
return head.browser == ARGV[2] and 1 or 0
`

/** ARGV[2]: the id of the chosen session. */
const chooseScript = `
local head, body = find('request')
if not head or head.state ~= 'open' then return end
head.chosen = ARGV[2]
keep(head, body)
`

/** 1 for whoever ends it. Only the client is remembered. */
const endScript = `
local head = find('request')
if not head or head.state ~= 'open' then return 0 end
keep({ type = 'request', epoch = head.epoch, ends = head.ends, state = 'ended', client = head.client }, 'null')
return 1
`

/** Authorization requests in Redis. */
export function requestStore(table: RedisTable): RequestStore {
  const claim = table.script('signetClaimRequest', claimScript)
  const choose = table.script('signetChooseSession', chooseScript)
  const end = table.script('signetEndRequest', endScript)
  return {
    begin: (request) => {
      const { clientId, browserHash = '', chosenSessionId = '', expiresAt } = request
      const fields = { state: 'open', client: clientId, browser: browserHash, chosen: chosenSessionId }
      const head = { type: 'request', ends: expiresAt.getTime(), ...fields } as const
      return table.put(request.id, head, requestLayout.write(request))
    },
    find: async (id) => {
      const record = await table.find('request', id)
      return record && readRequest(record)
    },
    claim: async (id, browserHash) => (await claim('request', id, browserHash)) === 1,
    put: async (id, chosenSessionId) => void (await choose('request', id, chosenSessionId)),
    end: async (id) => (await end('request', id)) === 1,
  }
}

function readRequest({ head, body }: StoredRecord): FoundRequest {
  if (head.state !== 'open') return { state: 'ended', clientId: String(head.client) }
  const changed = { browserHash: textOf(head.browser), chosenSessionId: textOf(head.chosen) }
  return { state: 'open', request: { ...requestLayout.read(body), ...changed } }
}

function textOf(field: string | number | undefined): string | undefined {
  return field === '' || field === undefined ? undefined : String(field)
}
