import type { FastifyInstance } from 'fastify'

/**
 * Has an answer that is sent while the server closes end its connection. Idle connections are closed at once; one that
 * was busy then would otherwise be kept alive after its answer, and hold the server until it is killed.
 */
export function drainConnections(app: FastifyInstance): void {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close')
  })
}
