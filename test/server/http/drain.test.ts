import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import Fastify, { type FastifyServerFactory } from 'fastify'
import { afterAll, afterEach, expect, test } from 'vitest'
import { drainConnections } from '#server/http/drain.ts'
import { anAuthority, type KeyPair, localServer } from '#test/support/certificates.ts'

const closing: (() => unknown)[] = []
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

/** Answers when the test says; cuts off what is still coming a fifth of a second after the close. */
async function aServer(tls?: KeyPair) {
  let asked = 0
  const go = Promise.withResolvers<void>()
  const serverFactory: FastifyServerFactory = (handler) =>
    tls ? createSecureServer({ cert: tls.pem.certificate, key: tls.pem.key }, handler) : createServer(handler)
  const app = Fastify({ forceCloseConnections: 'idle', return503OnClosing: false, serverFactory })
  drainConnections(app, 0.2)
  app.addHook('onRequest', async () => {
    asked += 1
  })
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.post('/', async () => {
    await go.promise
    return 'done'
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  closing.push(() => app.close())
  return { app, asked: () => asked, go: go.resolve, port: portOf(app.server.address()) }
}

function portOf(address: AddressInfo | string | null): number {
  return address !== null && typeof address === 'object' ? address.port : 0
}

async function send(port: number, text: string, tls?: KeyPair) {
  const secure = tls && { ca: tls.pem.certificate, servername: 'localhost', port, host: '127.0.0.1' }
  const socket = secure ? connectSecurely(secure) : connect(port, '127.0.0.1')
  closing.push(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, secure ? 'secureConnect' : 'connect')
  socket.write(text)
  return socket
}

/** Whether it was ended or reset. */
function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()))
}

const head = 'POST / HTTP/1.1\r\nhost: id.test\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\n'

const authority = anAuthority()
afterAll(() => authority.remove())
const ownMade = authority.selfSigned(localServer)

test.each([
  ['http', undefined],
  ['https', ownMade],
])('a request that came whole by %s is answered, however long that takes', async (_scheme, tls) => {
  const { app, asked, go, port } = await aServer(tls)
  const socket = await send(port, `${head}body`, tls)
  const stuck = await send(port, head, tls)
  const silent = connect(port, '127.0.0.1')
  silent.on('error', () => {})
  await expect.poll(asked).toBe(2)
  const closed = app.close()
  await Promise.all([gone(stuck), gone(silent)])
  go()
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 .*connection: close.*done$/is)
  await closed
})

test('what had arrived when the close began is answered, though the process had not read it yet', async () => {
  const { app, go, port } = await aServer()
  go()
  const socket = await send(port, `${head}body`)
  await once(socket, 'data')
  // Written at once, and the connection is idle still for whoever has not read.
  socket.write(`${head}body`)
  const closed = app.close()
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 .*connection: close.*done$/is)
  await closed
})

test('a body that is still coming is cut off at a listener for another address too', async () => {
  const { app, asked } = await aServer()
  // As Fastify listens where the name `localhost` has several addresses.
  const second = createServer((request, response) => app.routing(request, response))
  second.listen(0, '127.0.0.1')
  await once(second, 'listening')
  closing.push(() => second.close())
  const socket = await send(portOf(second.address()), head)
  await expect.poll(asked).toBe(1)
  await Promise.all([app.close(), gone(socket)])
})
