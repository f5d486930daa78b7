import type { ApiRegistry } from '#core/apis/api-registry.ts'
import type { ClientRegistry } from '#core/clients/client-registry.ts'
import type { Signs } from '#core/keys/require-signer.ts'
import { reject } from '#core/oauth/rejection.ts'
import type { User } from '#core/users/user.ts'
import type { UserRegistry } from '#core/users/user-registry.ts'
import type { Work } from './at-work.ts'

/** Clients as operators change them. */
export async function clientsOf(work: Work): Promise<ClientRegistry> {
  const { clientRegistry } = await import('#core/clients/client-registry.ts')
  const { stores, endings, audit, clock } = work
  return clientRegistry({ ...stores, endings, signs: await signsIn(work), audit, clock })
}

/** APIs as operators change them. */
export async function apisOf(work: Work): Promise<ApiRegistry> {
  const { apiRegistry } = await import('#core/apis/api-registry.ts')
  const { stores, config, audit, clock } = work
  const limits = { issuer: config.issuer, longestLifetime: config.tokens.longestLifetime }
  return apiRegistry({ apis: stores.apis, limits, signs: await signsIn(work), audit, clock })
}

/** What the ring signs with; before there is one, what the server's first start will make keys for. */
async function signsIn({ stores, config }: Work): Promise<Signs> {
  const [{ algsOf }, { ringKeySettings }] = await Promise.all([
    import('#core/keys/succession.ts'),
    import('#idp/ring-settings.ts'),
  ])
  const ring = await stores.keys.read()
  const algs = ring ? algsOf(ring.keys) : ringKeySettings(config).algs
  return (alg) => algs.some((each) => each === alg)
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
