import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import type { Audit } from '#core/audit/audit.ts'
import type { AuthenticateClient } from '#core/clients/authenticate-client.ts'
import { type ClientRegistry, clientRegistry } from '#core/clients/client-registry.ts'
import { secretSeal } from '#core/clients/sealed-secret.ts'
import type { Clock } from '#core/clock.ts'
import type { KeyRing } from '#core/keys/key-ring.ts'
import { responseTypesWith } from '#core/oauth/response-type.ts'
import { allowList } from '#core/outbound/allow-list.ts'
import type { SafeFetch } from '#core/outbound/safe-fetch.ts'
import { notingUses } from '#core/registration/client-uses.ts'
import { clientRegistrar } from '#core/registration/register.ts'
import { registrationKeeper } from '#core/registration/registration-keeper.ts'
import { registrationLimits } from '#core/registration/registration-limits.ts'
import { removeUnusedClients } from '#core/registration/remove-unused.ts'
import { sectorChecker } from '#core/registration/sector-identifier.ts'
import { type Announce, type Endings, endings } from '#core/tokens/end.ts'
import { algsToUs } from '#core/tokens/open-jwe.ts'
import type { Stores } from '#stores/stores.ts'
import { clientCertificates } from './client-certificates.ts'
import type { LeasedWork } from './lease-keeper.ts'

type Parts = {
  readonly config: Config
  readonly stores: Stores
  readonly ring: KeyRing
  readonly clock: Clock
  readonly audit: Audit
}

/** Everything about clients that register themselves; undefined where none may. */
export function wireRegistration(parts: Parts & { readonly fetcher: SafeFetch; readonly endings: Endings }) {
  const { config, stores, clock, fetcher } = parts
  const { mode, scopes, perAddress, quota } = config.registration
  if (mode === 'off') return undefined
  const { authenticationMethods: methods } = clientCertificates(config)
  const registry = registryOf(parts)
  const limits = registrationLimits({ ...stores, limits: { perAddress, quota, window: config.throttle.window } })
  const checkSector = sectorChecker(fetcher)
  const shared = { ...stores, registry, checkSector, clock }
  return {
    register: clientRegistrar({ ...shared, limits, policy: { mode, scopes, methods } }),
    keeper: registrationKeeper({ ...shared, policy: { scopes, methods } }),
  }
}

/** The same authentication, whose clients count as used. */
export function withUsesNoted(
  { stores, clock, logger }: Pick<Parts, 'stores' | 'clock'> & { readonly logger: Logger },
  authenticate: AuthenticateClient,
): AuthenticateClient {
  const failed = (error: unknown) => logger.warn({ err: error }, 'the use of a client could not be noted')
  return notingUses(authenticate, { ...stores, clock, failed })
}

/** Deletes, once an hour, the clients that registered themselves and that nobody uses; whatever the mode is now. */
export function unusedClientsWork(parts: Parts & { readonly announce: Announce }): LeasedWork {
  const { config, stores, clock, announce } = parts
  const { tokens, sessions, registration } = config
  const lives = {
    refreshAbsolute: tokens.refreshAbsolute,
    sessionAbsolute: sessions.absolute,
    longestLifetime: tokens.longestLifetime,
  }
  const registry = registryOf({ ...parts, endings: endings({ ...stores, announce, clock, lives }) })
  const { unusedAfter } = registration
  return {
    name: 'unused clients',
    every: 3_600_000,
    work: (signal) => removeUnusedClients({ ...stores, registry, clock, unusedAfter }, signal),
  }
}

function registryOf({
  config,
  stores,
  ring,
  clock,
  audit,
  endings: ends,
}: Parts & { endings: Endings }): ClientRegistry {
  return clientRegistry({
    ...stores,
    endings: ends,
    signs: (alg) => ring.algs().some((each) => each === alg),
    opens: (alg) => algsToUs(ring.decryptionAlgs()).includes(alg),
    audit,
    clock,
    secretSeal: secretSeal(config.keys.secret),
    allow: allowList(config.outbound.allow),
    responseTypes: responseTypesWith(config.authorize.frontChannelTokens),
  })
}
