import { once } from 'node:events'
import type { Server } from 'node:http'
import type { FastifyInstance, FastifyServerFactoryHandler } from 'fastify'
import { brokenRequests } from './broken-requests.ts'
import { drainConnections } from './drain.ts'
import type { Certificates } from './tls.ts'

/** Milliseconds and bytes. Node's own default for a whole request is no limit at all. */
const http = {
  requestTimeout: 10_000,
  keepAliveTimeout: 65_000,
  headersTimeout: 5000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16 * 1024,
  requireHostHeader: false,
} as const
const { requestTimeout, keepAliveTimeout } = http

/** Seconds that a client has to send its request when the server stops; the wait before counts. */
const sendWithin = 4

/** What an instance listens with: limits, what becomes of broken requests, and TLS where there is a certificate. */
export function listenerOptions({
  isHttps,
  certificates,
}: {
  isHttps: boolean
  certificates?: Certificates | undefined
}) {
  const encrypted = certificates && {
    serverFactory: (handler: FastifyServerFactoryHandler) =>
      certificates.listener(handler, { http, asksClients: false }),
  }
  return {
    http,
    requestTimeout,
    keepAliveTimeout,
    bodyLimit: 64 * 1024,
    forceCloseConnections: 'idle',
    // Requests that arrive on open connections while the server closes are answered, with `Connection: close`.
    return503OnClosing: false,
    ...brokenRequests({ isHttps }),
    ...encrypted,
  } as const
}

export type ListenerParts = {
  readonly isHttps: boolean
  readonly certificates: Certificates | undefined
  readonly listen: {
    readonly host: string
    readonly drainDelay: number
    readonly tls: { readonly clientPort: number | undefined }
  }
}

/**
 * Makes the listener that asks clients for certificates, where there is a port for it, and has both end what is under way
 * when the server stops. It listens and closes with the first; answers it.
 */
export function openListeners(app: FastifyInstance, parts: ListenerParts): Server | undefined {
  const { isHttps, certificates, listen } = parts
  const port = listen.tls.clientPort
  const asking = port === undefined ? undefined : certificates?.listener(app.routing, { http, asksClients: true })
  const servers = asking ? [app.server, asking] : [app.server]
  // Node would refuse an unknown `Expect` with an answer of its own, without our headers; it may be ignored (RFC 9110 §10.1.1).
  for (const server of servers) server.on('checkExpectation', app.routing)
  drainConnections(app, Math.max(sendWithin - listen.drainDelay, 0.5), servers)
  if (!asking) return undefined
  asking.on('clientError', brokenRequests({ isHttps }).clientErrorHandler)
  listenBeside(app, asking, { host: listen.host, port })
  return asking
}

function listenBeside(app: FastifyInstance, server: Server, address: { host: string; port: number | undefined }): void {
  app.addHook('onReady', async () => {
    server.listen(address)
    await once(server, 'listening')
    app.log.info({ event: 'listening_for_clients', ...address }, 'listening for clients with certificates')
  })
  let closed: Promise<unknown> = Promise.resolve()
  app.addHook('preClose', async () => {
    if (!server.listening) return
    closed = once(server, 'close')
    server.close()
    server.closeIdleConnections()
  })
  app.addHook('onClose', async () => void (await closed))
}
