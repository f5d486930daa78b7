import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Lab } from './lab.ts'

/** Stands between two programs and does what networks do. */
export type TcpProxy = {
  readonly port: number
  /** Replies that were swallowed so far. */
  swallowed(): number
  /** Milliseconds that each piece takes longer, both ways. */
  delay(milliseconds: number): void
  /** Breaks every connection that is open. */
  cut(): void
  /** Leads new connections to another port, and breaks the others. */
  lead(port: number): void
  /** Breaks every connection, and each new one, until told otherwise. */
  refuse(isRefusing: boolean): void
  /** The next `count` pieces from the server are not delivered, and their connections break: it was done, nobody knows. */
  swallow(count: number): void
  /** Delivers nothing from the server while it is on; connections that missed something break when it goes off. */
  mute(isMute: boolean): void
  /** Nothing passes and nothing breaks: a network that has gone silent. What waited is delivered when it goes off. */
  freeze(isFrozen: boolean): void
}

type Pair = { readonly client: Socket; readonly server: Socket; hasMissed: boolean }

/** Listens on a free port and passes everything to another one on this machine. */
export async function openTcpProxy(lab: Lab, port: number): Promise<TcpProxy> {
  let target = port
  const pairs = new Set<Pair>()
  let [toSwallow, swallowed, latency] = [0, 0, 0]
  let [isRefusing, isMute, isFrozen] = [false, false, false]

  function breakUp(pair: Pair): void {
    pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }

  function isLost(pair: Pair): boolean {
    if (isMute) {
      pair.hasMissed = true
      swallowed++
      return true
    }
    if (toSwallow === 0) return false
    toSwallow--
    swallowed++
    breakUp(pair)
    return true
  }

  const listener = createServer((client) => {
    if (isRefusing) return void client.destroy()
    const server = connect(target, '127.0.0.1')
    const pair: Pair = { client, server, hasMissed: false }
    pairs.add(pair)
    if (isFrozen) for (const socket of [client, server]) socket.pause()
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => breakUp(pair))
      socket.on('close', () => breakUp(pair))
    }
    const pass = (to: Socket, piece: Buffer | string) => {
      if (latency > 0) setTimeout(() => to.writable && to.write(piece), latency)
      else if (to.writable) to.write(piece)
    }
    client.on('data', (piece) => pass(server, piece))
    server.on('data', (piece) => {
      if (!isLost(pair)) pass(client, piece)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const pair of pairs) breakUp(pair)
  }
  lab.defer(() => {
    listener.close()
    cut()
  })
  return {
    port: (listener.address() as AddressInfo).port,
    swallowed: () => swallowed,
    cut,
    lead(to) {
      target = to
      cut()
    },
    delay(milliseconds) {
      latency = milliseconds
    },
    refuse(on) {
      isRefusing = on
      if (on) cut()
    },
    swallow(count) {
      toSwallow = count
    },
    mute(on) {
      isMute = on
      if (!on) for (const pair of pairs) if (pair.hasMissed) breakUp(pair)
    },
    freeze(on) {
      isFrozen = on
      for (const { client, server } of pairs)
        for (const socket of [client, server]) on ? socket.pause() : socket.resume()
    },
  }
}
