import type { AuthorizationCode, CodeClaim, CodeStore } from '#core/authorize/authorization-code.ts'
import { later } from '#core/clock.ts'
import { laterOf, type Table, type Transactions } from './table.ts'

/** Authorization codes over a table; `refreshLife` in seconds, see {@link tombstoneUntil}. */
export function codeStore({ read, write }: Transactions, refreshLife: number): CodeStore {
  return {
    put: (codeHash, code) =>
      write((table) => table.put('code', codeHash, { record: { spent: false, code }, until: code.expiresAt })),
    find: (codeHash) => read((table) => table.get('code', codeHash)?.record),
    claim: (codeHash) => write((table) => claim(table, codeHash, refreshLife)),
  }
}

/**
 * Until when a spent code is recognised. What it began can live for a refresh token's absolute life, counted from a
 * redemption that no session outlives: the end of the session plus that life is never too early, and bounded.
 */
export function tombstoneUntil(code: AuthorizationCode, refreshLife: number): Date {
  return later(laterOf(code.expiresAt, code.sessionExpiresAt), refreshLife)
}

function claim(table: Table, codeHash: string, refreshLife: number): CodeClaim {
  const found = table.get('code', codeHash)?.record
  if (!found) return { outcome: 'refused' }
  const { spent, code } = found
  if (spent) return { outcome: 'replayed', code }
  table.put('code', codeHash, { record: { spent: true, code }, until: tombstoneUntil(code, refreshLife) })
  return { outcome: 'claimed', code }
}
