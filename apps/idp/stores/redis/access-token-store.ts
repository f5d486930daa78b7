import type { AccessTokenStore } from '#core/tokens/access-token-store.ts'
import { accessTokenLayout } from '../records/layouts.ts'
import type { RedisTable } from './redis-table.ts'

/** Opaque access tokens in Redis. */
export function accessTokenStore(table: RedisTable): AccessTokenStore {
  return {
    put: (tokenHash, token) =>
      table.put(tokenHash, { type: 'access', ends: token.expiresAt.getTime() }, accessTokenLayout.write(token)),
    find: async (tokenHash) => {
      const record = await table.find('access', tokenHash)
      return record && accessTokenLayout.read(record.body)
    },
  }
}
