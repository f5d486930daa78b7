import type { Revocable, RevocationMark, RevocationStore } from '#core/tokens/revocation-store.ts'
import { laterOf, type RecordType, type Table, type Transactions } from './table.ts'

/** Revocation marks over a table. */
export function revocationStore({ read, write }: Transactions): RevocationStore {
  return {
    add: (mark) => write((table) => add(table, mark)),
    has: (token) => read((table) => has(table, token)),
    everything: () => read((table) => version(table, 'everything', '')),
  }
}

type Versioned = Extract<RecordType, 'user' | 'client' | 'everything'>

/** The greatest version and the latest date win, in whatever order marks arrive. */
function add(table: Table, mark: RevocationMark): void {
  if (mark.kind === 'token') {
    const until = laterOf(mark.until, table.get('token', mark.jti)?.until)
    table.put('token', mark.jti, { record: 'ended', until })
    return
  }
  const id = mark.kind === 'everything' ? '' : mark.id
  const before = table.get(mark.kind, id)
  const record = Math.max(mark.version, before?.record ?? 0)
  table.put(mark.kind, id, { record, until: laterOf(mark.until, before?.until) })
}

/** Ends of families and sessions are read where those live: there is no second place that could disagree. */
function has(table: Table, token: Revocable): boolean {
  const { jti, familyId, sessionId, userId, clientId, versions } = token
  return (
    hasEnded(table, 'token', jti) ||
    hasEnded(table, 'family', familyId) ||
    hasEnded(table, 'session', sessionId) ||
    (userId !== undefined && versions.user < version(table, 'user', userId)) ||
    versions.client < version(table, 'client', clientId) ||
    versions.everything < version(table, 'everything', '')
  )
}

function hasEnded(table: Table, type: 'token' | 'family' | 'session', id: string | undefined): boolean {
  return id !== undefined && table.get(type, id)?.record === 'ended'
}

function version(table: Table, type: Versioned, id: string): number {
  return table.get(type, id)?.record ?? 0
}
