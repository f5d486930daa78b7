import Fastify from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import { brokenRequests } from '../http/broken-requests.ts'
import { faultOf } from '../http/faults.ts'
import { loggingOptions } from '../http/logging.ts'
import { addressesOf } from './addresses.ts'
import type { Exposition } from './metrics.ts'

/** What the listener tells: of this process, or of all that share its port. */
export type Health = {
  /** Every check by name, and whether it passes now. */
  look(): Promise<ReadonlyMap<string, boolean>>
  hasStarted(): boolean | Promise<boolean>
}

export type ListenerParts = {
  readonly config: Pick<Config, 'management'>
  readonly logger: Logger
  readonly health: Health
  readonly expose: () => Promise<Exposition>
}

/** The listener for operators and orchestrators. */
export type ManagementListener = {
  /** Starts to answer; the addresses it answers at. */
  listen(): Promise<readonly string[]>
  close(): Promise<void>
}

/**
 * Health and metrics over HTTP. `/health/ready` names the checks that fail, not why: the log has the reasons.
 */
export function managementListener({ config, logger, health, expose }: ListenerParts): ManagementListener {
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
    const started = await health.hasStarted()
    const failing = started ? [] : failingOf(await health.look()).filter((name) => name !== 'accepting')
    const body = { status: started ? 'started' : 'starting', ...(failing.length > 0 && { failing }) }
    return reply.code(started ? 200 : 503).send(body)
  })
  app.get('/health/ready', async (_request, reply) => {
    const failing = failingOf(await health.look())
    const ready = failing.length === 0
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', failing })
  })
  app.get('/metrics', async (_request, reply) => {
    const { type, text } = await expose()
    return reply.type(type).send(text)
  })

  return {
    async listen() {
      await app.listen({ host: config.management.host, port: config.management.port })
      return addressesOf(app)
    },
    close: () => app.close(),
  }
}

function failingOf(checks: ReadonlyMap<string, boolean>): readonly string[] {
  return [...checks].filter(([, passes]) => !passes).map(([name]) => name)
}
