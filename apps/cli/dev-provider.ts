import type { Config } from '#config/config.ts'
import { apiRegistry } from '#core/apis/api-registry.ts'
import { openAudit } from '#core/audit/audit.ts'
import { clientRegistry } from '#core/clients/client-registry.ts'
import { type Clock, systemClock } from '#core/clock.ts'
import type { Signs } from '#core/keys/require-signer.ts'
import { announcer } from '#core/logout/announce.ts'
import { allowList } from '#core/outbound/allow-list.ts'
import { endings as wireEndings } from '#core/tokens/end.ts'
import { userRegistry } from '#core/users/user-registry.ts'
import { type RunningServer, start } from '#idp/main.ts'
import { type DevPlaces, type DevRegistries, seedDev } from './dev-seed.ts'

/** The provider in this process. */
export type RunningProvider = {
  /** The demo person's, where it was made just now. */
  readonly password: string | undefined
  /** Where health and metrics are. */
  readonly management: string
  close(): Promise<void>
}

/** Starts the provider, then puts in what the samples need and is not there yet. */
export async function startProvider(config: Config, places: DevPlaces): Promise<RunningProvider> {
  const server = await start(config, { isDevelopment: true })
  try {
    const password = await seedDev(registriesOver(config, server, systemClock), places)
    return { password, management: server.addresses.management[0] ?? '', close: server.close }
  } catch (error) {
    await server.close()
    throw error
  }
}

function registriesOver(config: Config, { stores, ring }: RunningServer, clock: Clock): DevRegistries {
  const { tokens, sessions, issuer } = config
  const { refreshAbsolute, longestLifetime } = tokens
  const audit = openAudit({ store: stores.audit, clock })
  const lives = { refreshAbsolute, longestLifetime, sessionAbsolute: sessions.absolute }
  const endings = wireEndings({ ...stores, announce: announcer(stores), clock, lives })
  const signs: Signs = (alg) => ring.algs().some((each) => each === alg)
  return {
    stores,
    users: userRegistry({ ...stores, endings, audit, clock }),
    clients: clientRegistry({ ...stores, endings, signs, audit, clock, allow: allowList(config.outbound.allow) }),
    apis: apiRegistry({ ...stores, limits: { issuer, longestLifetime }, signs, audit, clock }),
  }
}
