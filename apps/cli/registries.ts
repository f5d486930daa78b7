import type { ApiRegistry } from '#core/apis/api-registry.ts'
import type { ClientRegistry } from '#core/clients/client-registry.ts'
import { reject } from '#core/oauth/rejection.ts'
import type { User } from '#core/users/user.ts'
import type { UserRegistry } from '#core/users/user-registry.ts'
import type { Work } from './at-work.ts'

/** Clients as operators change them. */
export async function clientsOf({ stores, endings, audit, clock }: Work): Promise<ClientRegistry> {
  const { clientRegistry } = await import('#core/clients/client-registry.ts')
  return clientRegistry({ ...stores, endings, audit, clock })
}

/** APIs as operators change them. */
export async function apisOf({ stores, config, audit, clock }: Work): Promise<ApiRegistry> {
  const { apiRegistry } = await import('#core/apis/api-registry.ts')
  const limits = { issuer: config.issuer, longestLifetime: config.tokens.longestLifetime }
  return apiRegistry({ apis: stores.apis, limits, audit, clock })
}

/** People as operators change them. */
export async function usersOf({ stores, endings, audit, clock }: Work): Promise<UserRegistry> {
  const { userRegistry } = await import('#core/users/user-registry.ts')
  return userRegistry({ ...stores, endings, audit, clock })
}

/** A person by username, verified e-mail address or subject. */
export async function findUser({ stores }: Work, name: string): Promise<User> {
  const found = (await stores.users.findByName(name)) ?? (await stores.users.find(name))
  return found ?? reject('missing', 'username', `There is no person ${name}.`)
}
