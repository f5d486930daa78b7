import type { Server } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { pathOf } from './logging.ts'

/** The address for clients that prove themselves with a certificate (RFC 8705 §5). */
export type ClientAddress = {
  /** The listener of ours, where there is one: a proxy may have it instead. */
  readonly server: Server | undefined
  /** `host` or `host:port` as requests name it; undefined where it has none of its own. */
  readonly host: string | undefined
  /** What is there. */
  readonly serves: (path: string) => boolean
}

/**
 * Keeps that address to the endpoints of clients: no page is there, and no cookie of a browser counts. Everything else is
 * answered as what is not there.
 */
export function confineClientAddress(app: FastifyInstance, { server, host, serves }: ClientAddress): void {
  if (!server && host === undefined) return
  const connections = new WeakSet<object>()
  server?.on('secureConnection', (socket: object) => connections.add(socket))
  const isThere = ({ raw }: FastifyRequest): boolean =>
    connections.has(raw.socket) || (host !== undefined && raw.headers.host?.toLowerCase() === host)
  app.addHook('onRequest', async (request, reply) => {
    if (isThere(request) && !serves(pathOf(request.url))) reply.callNotFound()
  })
}
