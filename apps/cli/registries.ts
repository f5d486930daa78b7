import type { ApiRegistry } from '#core/apis/api-registry.ts'
import type { ClientRegistry } from '#core/clients/client-registry.ts'
import type { Opens, Signs } from '#core/keys/require-signer.ts'
import { reject } from '#core/oauth/rejection.ts'
import type { InitialTokenRegistry } from '#core/registration/initial-token-registry.ts'
import type { User } from '#core/users/user.ts'
import type { UserRegistry } from '#core/users/user-registry.ts'
import type { Work } from './at-work.ts'

/** Clients as operators change them. */
export async function clientsOf(work: Work): Promise<ClientRegistry> {
  const [{ clientRegistry }, { secretSeal: sealUnder }, { allowList }, { responseTypesWith }] = await Promise.all([
    import('#core/clients/client-registry.ts'),
    import('#core/clients/sealed-secret.ts'),
    import('#core/outbound/allow-list.ts'),
    import('#core/oauth/response-type.ts'),
  ])
  const { stores, endings, audit, clock, config } = work
  const secretSeal = config.keys.secret === '' ? undefined : sealUnder(config.keys.secret)
  const allow = allowList(config.outbound.allow)
  const responseTypes = responseTypesWith(config.authorize.frontChannelTokens)
  return clientRegistry({
    ...stores,
    endings,
    signs: await signsIn(work),
    opens: await opensIn(work),
    audit,
    clock,
    secretSeal,
    allow,
    responseTypes,
  })
}

/** Initial access tokens as operators give them out. */
export async function initialTokensOf({ stores, audit, clock }: Work): Promise<InitialTokenRegistry> {
  const { initialTokenRegistry } = await import('#core/registration/initial-token-registry.ts')
  return initialTokenRegistry({ ...stores, audit, clock })
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

/** What the ring opens; before there is one, what the server's first start will make keys for. */
async function opensIn({ stores, config }: Work): Promise<Opens> {
  const [{ decryptionAlgsOf }, { algsToUs }] = await Promise.all([
    import('#core/keys/succession.ts'),
    import('#core/tokens/open-jwe.ts'),
  ])
  const ring = await stores.keys.read()
  const algs = algsToUs(ring ? decryptionAlgsOf(ring.keys) : config.keys.encryptionAlgs)
  return (alg) => algs.includes(alg)
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
