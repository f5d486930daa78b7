import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'

/** One address before several servers, as a balancer without stickiness is: each request goes to the next of them. */
export type Balancer = {
  readonly port: number
  readonly issuer: string
  /** From now on the servers on these ports take turns. */
  lead(to: readonly number[]): void
  close(): void
}

/** Opens it; it leads nowhere yet. What a client says of where it comes from stays, and its address is added. */
export async function aBalancer(): Promise<Balancer> {
  let turn = 0
  let targets: readonly number[] = []
  let agent = new Agent({ keepAlive: true })
  const server = createServer((asked, answer) => {
    const { url: path, method, headers, socket } = asked
    const before = [headers['x-forwarded-for'] ?? []].flat()
    const told = { ...headers, 'x-forwarded-for': [...before, socket.remoteAddress ?? ''].join(', ') }
    const port = targets[turn++ % targets.length]
    const behind = request({ host: 'localhost', port, path, method, headers: told, agent }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(answer)
    })
    behind.on('error', () => answer.destroy())
    asked.pipe(behind)
  })
  // Closing a connection that is about to be used again would lose a request, too.
  server.keepAliveTimeout = 600_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return {
    port,
    issuer: `http://localhost:${port}`,
    lead(to) {
      targets = to
      // A connection to a server that ended meanwhile would lose a request.
      agent.destroy()
      agent = new Agent({ keepAlive: true })
    },
    close() {
      agent.destroy()
      server.close()
      server.closeAllConnections()
    },
  }
}
