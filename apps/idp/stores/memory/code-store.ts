import type { AuthorizationCode, CodeClaim, CodeStore, SpentCode } from '#core/authorize/authorization-code.ts'
import { later } from '#core/clock.ts'
import { afterlife, laterOf, type Table, type Transactions } from './table.ts'

/** Authorization codes over a table; `refreshLife` in seconds, see {@link tombstoneUntil}. */
export function codeStore({ read, write }: Transactions, refreshLife: number): CodeStore {
  return {
    put: (codeHash, code) =>
      write((table) => table.put('code', codeHash, { record: { spent: false, code }, until: code.expiresAt })),
    find: (codeHash) => read((table) => table.get('code', codeHash)?.record),
    claim: (codeHash) => write((table) => claim(table, codeHash, refreshLife)),
  }
}

/** Until when a spent code is recognised: `CodeStore` says why. Counted from the code's end, its latest redemption. */
export function tombstoneUntil({ scopes, expiresAt, sessionExpiresAt }: AuthorizationCode, refreshLife: number): Date {
  if (scopes.has('offline_access')) return later(expiresAt, refreshLife + afterlife)
  return later(laterOf(expiresAt, sessionExpiresAt), afterlife)
}

function claim(table: Table, codeHash: string, refreshLife: number): CodeClaim {
  const found = table.get('code', codeHash)?.record
  if (!found) return { outcome: 'refused' }
  if (found.spent) return { outcome: 'replayed', code: found.code }
  const { code } = found
  table.put('code', codeHash, {
    record: { spent: true, code: whatRemains(code) },
    until: tombstoneUntil(code, refreshLife),
  })
  return { outcome: 'claimed', code }
}

function whatRemains({ clientId, userId, sessionId, familyId }: AuthorizationCode): SpentCode {
  return { clientId, userId, sessionId, familyId }
}
