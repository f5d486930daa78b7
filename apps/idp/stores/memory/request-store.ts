import type { AuthorizationRequest } from '#core/authorize/authorization-request.ts'
import type { RequestStore } from '#core/authorize/request-store.ts'
import type { Table, Transactions } from './table.ts'

/** Authorization requests over a table. */
export function requestStore({ read, write }: Transactions): RequestStore {
  return {
    begin: (request) => write((table) => keep(table, request)),
    find: (id) => read((table) => table.get('request', id)?.record),
    claim: (id, browserHash) => write((table) => claim(table, id, browserHash)),
    put: (id, chosenSessionId) => write((table) => choose(table, id, chosenSessionId)),
    end: (id) => write((table) => end(table, id)),
  }
}

/** The same browser may come back: only another one is refused. */
function claim(table: Table, id: string, browserHash: string): boolean {
  const request = findOpen(table, id)
  if (!request) return false
  if (request.browserHash === undefined) keep(table, { ...request, browserHash })
  return (request.browserHash ?? browserHash) === browserHash
}

function choose(table: Table, id: string, chosenSessionId: string): void {
  const request = findOpen(table, id)
  if (request) keep(table, { ...request, chosenSessionId })
}

/** What the client asked for is forgotten at once; who it was leads the person back. */
function end(table: Table, id: string): boolean {
  const request = findOpen(table, id)
  if (!request) return false
  table.put('request', id, { record: { state: 'ended', clientId: request.clientId }, until: request.expiresAt })
  return true
}

function findOpen(table: Table, id: string): AuthorizationRequest | undefined {
  const found = table.get('request', id)?.record
  return found?.state === 'open' ? found.request : undefined
}

function keep(table: Table, request: AuthorizationRequest): void {
  table.put('request', request.id, { record: { state: 'open', request }, until: request.expiresAt })
}
