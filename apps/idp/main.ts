import { setTimeout as wait } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import type { Audit } from '#core/audit/audit.ts'
import { type Clock, systemClock } from '#core/clock.ts'
import { type KeyRing, openKeyRing } from '#core/keys/key-ring.ts'
import { createLogger, logListening } from '#server/http/logging.ts'
import { addressesOf } from '#server/management/addresses.ts'
import { keyTimes } from '#server/management/key-times.ts'
import { openManagement } from '#server/management/management.ts'
import { type Metrics, openMetrics } from '#server/management/metrics.ts'
import { type OpenStores, openStores } from '#stores/open.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import { noteKeys } from './note-keys.ts'
import { openTrail } from './open-trail.ts'
import { ringKeySettings } from './ring-settings.ts'
import { schedulePurge } from './schedule-purge.ts'
import { onStopSignal, stopSignals } from './stop-signals.ts'
import { wire } from './wire.ts'

/** How a server may be started; a test hands it a clock of its own. */
export type StartOptions = {
  readonly clock?: Clock
  readonly logger?: Logger
  readonly isDevelopment?: boolean
}

/** A server that listens. */
export type RunningServer = {
  readonly addresses: { readonly public: readonly string[]; readonly management: readonly string[] }
  readonly stores: OpenStores
  readonly ring: KeyRing
  /** Takes no new requests, finishes those that are under way, writes what waits, closes the stores. */
  close(): Promise<void>
}

/** Starts a server: migrations, stores, key ring, wiring, both listeners. Rejects, with everything closed, where one fails. */
export async function start(config: Config, options: StartOptions = {}): Promise<RunningServer> {
  const { clock = systemClock, logger = createLogger(config), isDevelopment = false } = options
  // What is opened is closed in the opposite order, whether the start fails or the server is told to stop.
  await using opened = new AsyncDisposableStack()
  const metrics = openMetrics(clock)
  await migrate(config.database.url)
  const stores = await openStores(config, clock)
  opened.defer(() => stores.close())
  const stopPurge = schedulePurge({ stores, clock, retention: config.retention, logger })
  opened.defer(stopPurge)
  const audit = openTrail({ stores, clock, logger, metrics })
  opened.defer(() => audit.flush())
  const ring = await openRing(config, { stores, clock, audit, logger, metrics })
  opened.defer(() => ring.close())
  const checks = { database: stores.checkDurable, store: stores.checkFast }
  const management = openManagement({ config, metrics, logger, checks })
  opened.defer(() => management.close())
  const app = await wire({ config, stores, ring, clock, audit, logger, metrics, isDevelopment })
  opened.defer(() => app.close())
  // Told before the app closes, awaited before the stores do: no request has to wait for a batch.
  opened.defer(() => void stopPurge())

  const managementAddresses = await management.listen()
  await app.listen({ host: config.listen.host, port: config.listen.port })
  const addresses = { public: addressesOf(app), management: managementAddresses }
  management.begin()
  opened.defer(async () => {
    management.drain()
    // Whoever spreads requests has to see that first: until then they are still sent here.
    if (config.listen.drainDelay > 0) await wait(config.listen.drainDelay * 1000)
  })
  logListening(logger, addresses)
  const running = opened.move()
  return { addresses, stores, ring, close: () => running.disposeAsync() }
}

type RingParts = {
  readonly stores: OpenStores
  readonly clock: Clock
  readonly audit: Audit
  readonly logger: Logger
  readonly metrics: Metrics
}

async function openRing(config: Config, { stores, clock, audit, logger, metrics }: RingParts): Promise<KeyRing> {
  const ring = await openKeyRing({
    store: stores.keys,
    memory: stores.keyMemory,
    clock,
    settings: ringKeySettings(config),
    onChange: noteKeys({ audit, logger }),
    onError: (error) => logger.error({ err: error }, 'the key ring could not be looked at'),
  })
  metrics.watchKeys(() => keyTimes(ring.list(clock.now()), config.keys.rotateEvery))
  return ring
}

/** Longest wait for what is under way when the process is told to stop, in milliseconds. */
const grace = 9000

/** Runs a server until the process is told to stop (SIGTERM, SIGINT); then closes gracefully, within ten seconds. */
export async function serve(config: Config, options: StartOptions = {}): Promise<void> {
  const logger = options.logger ?? createLogger(config)
  const server = await start(config, { ...options, logger })
  let isClosing = false
  let signal: NodeJS.Signals | undefined
  // It would take any second signal for impatience, and end in the middle of a request.
  const { close } = closeWithGrace({ delay: grace, logger: false, skip: [...stopSignals] }, async ({ err }) => {
    isClosing = true
    if (err) logger.fatal({ err }, 'stopping because of an error that nobody caught')
    else logger.info({ event: 'stopping', signal }, 'stopping')
    await server.close()
    logger.info({ event: 'stopped' }, 'stopped')
  })
  onStopSignal(
    (asked) => {
      signal = asked
      if (!isClosing) close()
    },
    () => process.exit(1),
  )
}
