import { apiRegistry } from '#core/apis/api-registry.ts'
import { openAudit } from '#core/audit/audit.ts'
import { clientRegistry } from '#core/clients/client-registry.ts'
import { systemClock as clock } from '#core/clock.ts'
import { announcer } from '#core/logout/announce.ts'
import { responseTypesWith } from '#core/oauth/response-type.ts'
import { endings } from '#core/tokens/end.ts'
import { userRegistry } from '#core/users/user-registry.ts'
import { openStores } from '#stores/open.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import type { Credentials } from './app.ts'
import type { ServeHome } from './serve-process.ts'

const actor = 'test'

/** The one password of everybody here. */
export const password = 'correct-horse-battery'

/** What a folder is furnished with while no server runs on it. */
export type Registries = ReturnType<typeof registriesOver>

/** Opens the stores of a server, lets `work` fill them, and closes them. SQLite and the embedded store: while it is down. */
export async function furnish<A>(
  { config }: Pick<ServeHome, 'config'>,
  work: (registries: Registries) => Promise<A>,
): Promise<A> {
  await migrate(config.database.url)
  const stores = await openStores(config, clock)
  try {
    return await work(registriesOver(config, stores))
  } finally {
    await stores.close()
  }
}

function registriesOver(
  { issuer, tokens, sessions, authorize }: ServeHome['config'],
  stores: Awaited<ReturnType<typeof openStores>>,
) {
  const { refreshAbsolute, longestLifetime } = tokens
  const audit = openAudit({ store: stores.audit, clock })
  const lives = { refreshAbsolute, longestLifetime, sessionAbsolute: sessions.absolute }
  // What a server's first start makes keys for.
  const signs = (alg: string) => ['ES256', 'RS256'].includes(alg)
  const parts = {
    ...stores,
    endings: endings({ ...stores, announce: announcer(stores), clock, lives }),
    signs,
    responseTypes: responseTypesWith(authorize.frontChannelTokens),
    audit,
    clock,
  }
  return {
    stores,
    users: userRegistry(parts),
    clients: clientRegistry(parts),
    apis: apiRegistry({ ...parts, limits: { issuer, longestLifetime } }),
  }
}

/** The API that `furnishApp` makes. */
const audience = 'https://notes.test'
/** Its scopes. */
export const apiScopes: readonly string[] = Array.from({ length: 90 }, (_, at) => `notes:${at}`)

/** An API with many scopes, and a client that may ask for all of them. */
export async function furnishApp({ apis, clients }: Registries, id = 'app'): Promise<Credentials> {
  const scopes = new Map(apiScopes.map((name, at) => [name, `Read notebook ${at}`]))
  await apis.create({ audience, scopes }, actor)
  const redirectUri = `https://${id}.test/cb`
  const returnTo = `https://${id}.test/bye`
  const { secret = '' } = await clients.create(
    {
      id,
      name: id,
      redirectUris: [redirectUri],
      postLogoutRedirectUris: [returnTo],
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
      scopes: ['openid', 'profile', 'email', 'offline_access', ...apiScopes],
    },
    actor,
  )
  return { id, secret, redirectUri, returnTo }
}

/** People who can sign in; answers their names. */
export async function furnishPeople({ users }: Registries, names: readonly string[]): Promise<readonly string[]> {
  for (const username of names) await users.create({ username, claims: { name: username } }, password, actor)
  return names
}
