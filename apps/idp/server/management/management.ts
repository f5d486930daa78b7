import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import { type ManagementListener, managementListener } from './management-listener.ts'
import type { Metrics } from './metrics.ts'
import { type Checks, openReadiness } from './readiness.ts'

/** What {@link openManagement} is made from. */
export type ManagementParts = {
  readonly config: Pick<Config, 'management'>
  readonly checks: Checks
  readonly metrics: Metrics
  readonly logger: Logger
}

/** What operators and orchestrators are told of one server. */
export type Management = ManagementListener & {
  /** Everything is up: ready from now on, as far as the checks pass. */
  begin(): void
  /** The server is shutting down: not ready, still alive. */
  drain(): void
}

/**
 * Health and metrics, on a listener of their own: never on the public port, and answering still while the public one
 * drains.
 */
export function openManagement({ config, checks, metrics, logger }: ManagementParts): Management {
  const readiness = openReadiness(checks)
  metrics.watchReadiness(readiness.look)
  const listener = managementListener({ config, logger, health: readiness, expose: metrics.expose })
  return { ...listener, begin: readiness.begin, drain: readiness.drain }
}
