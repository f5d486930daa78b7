import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** Turns of the event loop in which everything that has arrived is read: one may go by before the first look. */
const turns = 3

/**
 * Has an answer that is sent while the server closes end its connection. Idle connections are closed at once; one that
 * was busy then would otherwise be kept alive after its answer, and hold the server until it is killed. So would one
 * that sends slowly: what has not come whole `within` so many seconds of the close is cut off, and was not begun.
 */
export function drainConnections(
  app: FastifyInstance,
  within: number,
  servers: readonly Server[] = [app.server],
): void {
  const sockets = new Map<string, Socket>()
  const underWay = new Set<IncomingMessage>()
  let isClosing = false

  function cutOff(): void {
    const coming = [...underWay].filter((request) => !request.complete)
    const answered = new Set([...underWay].filter((request) => request.complete).map(({ socket }) => socket))
    for (const request of coming) request.destroy()
    // Those that have not even sent a whole head, or none; Node looks at them no more once it closes.
    for (const socket of sockets.values()) if (!answered.has(socket)) socket.destroy()
  }

  function note(socket: Socket): void {
    const name = `${socket.localPort} ${socket.remoteAddress} ${socket.remotePort}`
    sockets.set(name, socket)
    socket.once('close', () => sockets.get(name) === socket && sockets.delete(name))
  }

  for (const server of servers) {
    server.on('connection', note)
    // The same connection once it is encrypted: requests know this one, and it stands in the other's place.
    server.on('secureConnection', note)
  }
  app.addHook('onRequest', ({ raw }, reply, done) => {
    underWay.add(raw)
    reply.raw.once('close', () => underWay.delete(raw))
    done()
  })
  app.addHook('preClose', async () => {
    isClosing = true
    setTimeout(cutOff, within * 1000).unref()
    // What arrived while the process was busy is read first: its connection is not as idle as it looks.
    for (let turn = 0; turn < turns; turn += 1) await nextTurn()
  })
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close')
  })
}
