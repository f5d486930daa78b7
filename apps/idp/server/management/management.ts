import Fastify from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import { brokenRequests } from '../http/broken-requests.ts'
import { faultOf } from '../http/faults.ts'
import { loggingOptions } from '../http/logging.ts'
import { addressesOf } from './addresses.ts'
import type { Metrics } from './metrics.ts'
import { type Checks, openReadiness } from './readiness.ts'

/** What {@link openManagement} is made from. */
export type ManagementParts = {
  readonly config: Pick<Config, 'management'>
  readonly checks: Checks
  readonly metrics: Metrics
  readonly logger: Logger
}

/** The listener for operators and orchestrators. */
export type Management = {
  /** Starts to answer; the addresses it answers at. */
  listen(): Promise<readonly string[]>
  /** Everything is up: ready from now on, as far as the checks pass. */
  begin(): void
  /** The server is shutting down: not ready, still alive. */
  drain(): void
  close(): Promise<void>
}

/**
 * Health and metrics, on a listener of their own: never on the public port, and answering still while the public one
 * drains. `/health/ready` names the checks that fail, not why: the log has the reasons.
 */
export function openManagement({ config, checks, metrics, logger }: ManagementParts): Management {
  const readiness = openReadiness(checks)
  metrics.watchReadiness(readiness.look)
  const app = Fastify({
    ...loggingOptions(logger),
    requestTimeout: 10_000,
    bodyLimit: 1024,
    ...brokenRequests({ isHttps: false }),
    forceCloseConnections: true,
  })

  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
  })
  app.setErrorHandler(async (error, request, reply) => {
    const { status, isOurs } = faultOf(error)
    if (isOurs) request.log.error(error, 'failed')
    return reply.code(status).send({ status: 'failed' })
  })
  app.get('/health/live', async () => ({ status: 'live' }))
  app.get('/health/started', async (_request, reply) => {
    const started = readiness.hasStarted()
    return reply.code(started ? 200 : 503).send({ status: started ? 'started' : 'starting' })
  })
  app.get('/health/ready', async (_request, reply) => {
    const failing = [...(await readiness.look())].filter(([, passes]) => !passes).map(([name]) => name)
    const ready = failing.length === 0
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', failing })
  })
  app.get('/metrics', async (_request, reply) => {
    const { type, text } = await metrics.expose()
    return reply.type(type).send(text)
  })

  return {
    async listen() {
      await app.listen({ host: config.management.host, port: config.management.port })
      return addressesOf(app)
    },
    begin: readiness.begin,
    drain: readiness.drain,
    close: () => app.close(),
  }
}
