import type { AccessTokenStore } from '#core/tokens/access-token-store.ts'
import type { Transactions } from './table.ts'

/** Opaque access tokens over a table. */
export function accessTokenStore({ read, write }: Transactions): AccessTokenStore {
  return {
    put: (tokenHash, token) =>
      write((table) => table.put('access', tokenHash, { record: token, until: token.expiresAt })),
    find: (tokenHash) => read((table) => table.get('access', tokenHash)?.record),
  }
}
