import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import type { Audit } from '#core/audit/audit.ts'
import type { Clock } from '#core/clock.ts'
import { type KeyRing, openKeyRing } from '#core/keys/key-ring.ts'
import { openUses } from '#core/tokens/uses.ts'
import { openCertificates } from '#server/http/tls.ts'
import { keyTimes } from '#server/management/key-times.ts'
import type { Metrics } from '#server/management/metrics.ts'
import { type OpenStores, openStores } from '#stores/open.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import type { RebuildEvent } from '#stores/redis/rebuild.ts'
import type { Dependencies } from './dependencies.ts'
import { noteKeys } from './note-keys.ts'
import { openLogouts } from './open-logouts.ts'
import { openTrail } from './open-trail.ts'
import type { ProcessClock } from './process-clock.ts'
import { ringKeySettings } from './ring-settings.ts'
import { scheduleWork } from './scheduled-work.ts'
import { watchBacklog } from './watch-backlog.ts'
import { watchClock } from './watch-clock.ts'
import { watchRedis } from './watch-redis.ts'
import { wire } from './wire.ts'
import { unusedClientsWork } from './wire-registration.ts'

export type BringUpParts = {
  readonly config: Config
  readonly time: ProcessClock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly dependencies: Dependencies
  readonly isDevelopment: boolean
}

/** All of a server but its listener for operators; it takes requests. */
export type Up = {
  readonly stores: OpenStores
  readonly ring: KeyRing
  readonly app: FastifyInstance
  /** Reads the certificate's files again. */
  reload(): void
  /** Finishes the requests that are under way, writes what waits, closes the stores. */
  close(): Promise<void>
}

/**
 * Migrations, the time, stores, key ring, wiring and the public listener. Rejects, with everything closed, where one
 * fails; may be tried again then.
 */
export async function bringUp(parts: BringUpParts): Promise<Up> {
  const { config, time, logger, metrics, dependencies, isDevelopment } = parts
  const { clock } = time
  // What is opened is closed in the opposite order, whether this fails or the server is told to stop.
  await using opened = new AsyncDisposableStack()
  await dependencies.reach('database', () => migrate(config.database.url))
  const opening = { report: reportMemory(logger), agree: time.agree }
  const stores = await dependencies.reach('store', () => openStores(config, clock, opening))
  opened.defer(() => stores.close())
  opened.defer(await watchServers(parts, stores))
  const backlog = watchBacklog({ facts: stores.facts, clock })
  opened.defer(backlog.stop)
  metrics.watchBacklog(() => ({ rebuilding: stores.rebuilding?.() ?? 0, ...backlog.read() }))
  const audit = openTrail({ stores, clock, logger, metrics })
  opened.defer(() => audit.flush())
  const failed = (error: unknown) => logger.warn({ err: error }, 'uses could not be noted')
  const uses = openUses({ facts: backlog.facts, clock, failed })
  opened.defer(() => uses.flush())
  const ring = await openRing({ ...parts, stores, clock, audit })
  opened.defer(() => ring.close())
  const { announce, logouts } = await openLogouts({ config, stores, ring, clock, logger, metrics })
  const more = [unusedClientsWork({ config, stores, ring, clock, audit, announce })]
  const stopWork = scheduleWork({ stores, clock, retention: config.retention, logger, announce, logouts, more })
  opened.defer(stopWork)
  const certificates = openCertificates({ tls: config.listen.tls, now: () => clock.now(), logger })
  opened.defer(() => certificates?.close())
  if (certificates) metrics.watchCertificate(certificates.expires)
  const app = await wire({
    config,
    stores,
    ring,
    clock,
    audit,
    announce,
    uses,
    logger,
    metrics,
    isDevelopment,
    certificates,
  })
  opened.defer(() => app.close())
  // Told before the app closes, awaited before the stores do: no request has to wait for a batch.
  opened.defer(() => void stopWork())
  await app.listen({ host: config.listen.host, port: config.listen.port })
  const running = opened.move()
  const reload = () => certificates?.look()
  return { stores, ring, app, reload, close: () => running.disposeAsync() }
}

/** Says what becomes of Redis' memory. */
function reportMemory(logger: Logger): (event: RebuildEvent) => void {
  return (event) => {
    if (event.event === 'redis.rebuilt') logger.warn(event, 'Redis was empty, or a part of it was lost: rebuilt')
    else
      logger.error(
        event,
        'the keys in Redis belong to another database: one of the two needs a redis.prefix of its own',
      )
  }
}

/** Has readiness, the clock and the look at Redis' settings ask these stores. Answers how to stop that. */
async function watchServers(parts: BringUpParts, stores: OpenStores): Promise<() => Promise<void>> {
  const { config, time, logger, metrics, dependencies, isDevelopment } = parts
  await using opened = new AsyncDisposableStack()
  dependencies.use(stores)
  time.use(stores)
  opened.defer(() => {
    dependencies.use(undefined)
    time.use(undefined)
  })
  opened.defer(await watchClock({ measure: time.measure, logger, noted: metrics.clocks }))
  if (stores.servers) {
    const { redisFindings: noted } = metrics
    const watch = { servers: stores.servers, settings: config.redis, clock: time.clock, logger, noted }
    opened.defer(await dependencies.reach('store', () => watchRedis(watch, !isDevelopment)))
  }
  const running = opened.move()
  return () => running.disposeAsync()
}

type RingParts = Pick<BringUpParts, 'config' | 'logger' | 'metrics'> & {
  readonly stores: OpenStores
  readonly clock: Clock
  readonly audit: Audit
}

async function openRing({ config, stores, clock, audit, logger, metrics }: RingParts): Promise<KeyRing> {
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
