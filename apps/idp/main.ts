import { setTimeout as wait } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import type { Clock } from '#core/clock.ts'
import type { KeyRing } from '#core/keys/key-ring.ts'
import { createLogger, logListening } from '#server/http/logging.ts'
import { addressesOf } from '#server/management/addresses.ts'
import { openManagement } from '#server/management/management.ts'
import { openMetrics } from '#server/management/metrics.ts'
import type { OpenStores } from '#stores/open.ts'
import { bringUp } from './bring-up.ts'
import { openDependencies } from './dependencies.ts'
import { processClock } from './process-clock.ts'
import { onStopSignal, stopSignals } from './stop-signals.ts'
import { untilUp } from './until-up.ts'
import { workerManagement } from './worker-health.ts'

/** How a server may be started; a test hands it a clock of its own. */
export type StartOptions = {
  readonly clock?: Clock
  readonly logger?: Logger
  readonly isDevelopment?: boolean
  /** One of several that share a port: the primary has the listener for health and metrics. */
  readonly isWorker?: boolean
  /** Waits for a database or Redis that is down, until this says that it need not any more. */
  readonly waiting?: AbortSignal
}

/** A server that listens. */
export type RunningServer = {
  readonly addresses: { readonly public: readonly string[]; readonly management: readonly string[] }
  readonly stores: OpenStores
  readonly ring: KeyRing
  /** Reads again what may have changed beside it: the certificate's files. */
  reload(): void
  /** Takes no new requests, finishes those that are under way, writes what waits, closes the stores. */
  close(): Promise<void>
}

/**
 * Starts a server: first health and metrics, so that it is live, then everything else. Rejects, with everything closed,
 * where that fails; with `waiting`, a database or Redis that is down is waited for instead, and what cannot pass by
 * itself still rejects.
 */
export async function start(config: Config, options: StartOptions = {}): Promise<RunningServer> {
  const { logger = createLogger(config), isDevelopment = false, isWorker = false, waiting } = options
  await using opened = new AsyncDisposableStack()
  const time = processClock(config, options.clock)
  const metrics = openMetrics(time.clock)
  const dependencies = openDependencies()
  const openHealth = isWorker ? workerManagement : openManagement
  const management = openHealth({ config, metrics, logger, checks: dependencies.checks })
  opened.defer(() => management.close())
  const managementAddresses = await management.listen()

  const attempt = () => bringUp({ config, time, logger, metrics, dependencies, isDevelopment })
  const up = await (waiting ? untilUp(attempt, { logger, signal: waiting }) : attempt())
  opened.defer(() => up.close())
  const addresses = { public: addressesOf(up.app), management: managementAddresses }
  management.begin()
  opened.defer(async () => {
    management.drain()
    // Whoever spreads requests has to see that first: until then they are still sent here.
    if (config.listen.drainDelay > 0) await wait(config.listen.drainDelay * 1000)
  })
  logListening(logger, addresses)
  const running = opened.move()
  return { addresses, stores: up.stores, ring: up.ring, reload: up.reload, close: () => running.disposeAsync() }
}

/** Longest wait for what is under way when the process is told to stop, in milliseconds. */
const grace = 9000

/**
 * Runs a server until the process is told to stop (SIGTERM, SIGINT); then closes gracefully, within ten seconds. A
 * server that is still waiting for its database or Redis just ends.
 */
export async function serve(config: Config, options: StartOptions = {}): Promise<void> {
  const logger = options.logger ?? createLogger(config)
  const stopping = new AbortController()
  const starting = start(config, { ...options, logger, waiting: stopping.signal })
  let signal: NodeJS.Signals | undefined
  // It would take any second signal for impatience, and end in the middle of a request.
  const stop = { delay: grace, logger: false as const, skip: [...stopSignals] }
  const { close, uninstall } = closeWithGrace(stop, async ({ err }) => {
    const isClosing = stopping.signal.aborted
    stopping.abort()
    if (err) logger.fatal({ err }, 'stopping because of an error that nobody caught')
    else if (!isClosing) logger.info({ event: 'stopping', signal }, 'stopping')
    const server = await starting.catch(() => undefined)
    await server?.close()
    logger.info({ event: 'stopped' }, 'stopped')
  })
  onStopSignal(
    (asked) => {
      signal = asked
      if (!stopping.signal.aborted) close()
    },
    () => process.exit(1),
    config.listen.tls.certificate === undefined
      ? undefined
      : () =>
          void starting.then(
            ({ reload }) => reload(),
            () => {},
          ),
  )
  try {
    await starting
  } catch (error) {
    if (stopping.signal.aborted) return
    uninstall()
    throw error
  }
}
