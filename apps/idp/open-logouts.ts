import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import { clientKeyFinder } from '#core/clients/client-keys.ts'
import type { Clock } from '#core/clock.ts'
import type { KeyRing } from '#core/keys/key-ring.ts'
import { announcer } from '#core/logout/announce.ts'
import { deliverer } from '#core/logout/deliver.ts'
import { logoutTokenMaker } from '#core/logout/logout-token.ts'
import { clientEncryption } from '#core/tokens/encrypt-for-client.ts'
import type { Announce } from '#core/tokens/end.ts'
import { jwtSigner } from '#core/tokens/sign.ts'
import { openFetcher } from '#idp/outbound/open-fetcher.ts'
import type { Metrics } from '#server/management/metrics.ts'
import type { Stores } from '#stores/stores.ts'
import { type LogoutSender, type LogoutSenderParts, logoutSender, sendingLimits } from './logout-sender.ts'
import { openSubjects } from './open-subjects.ts'

export type LogoutParts = {
  readonly config: Config
  readonly stores: Pick<Stores, 'facts' | 'clients' | 'notices' | 'secrets'>
  readonly ring: KeyRing
  readonly clock: Clock
  readonly logger: Logger
  /** See {@link LogoutSenderParts}; by chance unless told. */
  readonly chance?: LogoutSenderParts['chance']
  readonly metrics: Pick<Metrics, 'logoutSent' | 'watchLogouts'>
}

/** How apps are told that a session has ended: what puts notices into the outbox, and what sends them. */
export type Logouts = { readonly announce: Announce; readonly logouts: LogoutSender }

/** Wires back-channel logout. The fetcher is one of its own: slow apps take no turn of the requests that people wait for. */
export async function openLogouts(parts: LogoutParts): Promise<Logouts> {
  const { config, stores, ring, clock, logger, metrics, chance = Math.random } = parts
  const fetcher = openFetcher({ allow: config.outbound.allow, clock, turns: { atOnce: sendingLimits.atOnce } })
  const makeLogoutToken = logoutTokenMaker({
    issuer: config.issuer,
    sign: jwtSigner(ring),
    ...(await openSubjects(config, stores)),
    encryption: clientEncryption(clientKeyFinder(fetcher)),
  })
  const deliver = deliverer({ ...stores, clock, makeLogoutToken, post: fetcher.post })
  const logouts = logoutSender({ ...stores, deliver, clock, chance, logger, sent: metrics.logoutSent })
  metrics.watchLogouts(async () => {
    const { waiting, oldest } = await stores.notices.count()
    return { waiting, oldest: oldest ? (clock.now().getTime() - oldest.getTime()) / 1000 : 0 }
  })
  return { announce: announcer({ ...stores, wake: logouts.bell.ring }), logouts }
}
