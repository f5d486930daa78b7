import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Lab } from './lab.ts'

/** Passes everything to one port, until a network is divided: then some who come from there pass nothing. */
export type DividingProxy = {
  readonly port: number
  /**
   * From now on nothing passes for those who are cut off: their old connections go silent and new ones never speak.
   * Undefined ends it, and what waited is delivered.
   */
  divide(division: Division | undefined): void
  /** Breaks what is silent now: what waited in it is never delivered, as when a machine dies that nobody could reach. */
  forget(): void
}

/** Looks who there is now; answers who of them is cut off, by the port that they come from. */
export type Division = () => (from: number) => boolean

type Pair = { readonly client: Socket; readonly server: Socket; readonly from: number }

/** Listens on a free port and passes everything to another one on this machine. */
export async function openDividingProxy(lab: Lab, port: number): Promise<DividingProxy> {
  const pairs = new Set<Pair>()
  let look: Division = wholeNetwork

  function breakUp(pair: Pair): void {
    pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }

  /** A paused socket hears of no end either, as across a cable that was pulled. */
  function silence(some: Iterable<Pair>): void {
    const isCutOff = look()
    for (const { client, server, from } of some)
      for (const socket of [client, server]) isCutOff(from) ? socket.pause() : socket.resume()
  }

  const listener = createServer({ pauseOnConnect: true }, (client) => {
    const server = connect(port, '127.0.0.1')
    const pair: Pair = { client, server, from: client.remotePort ?? 0 }
    pairs.add(pair)
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.setNoDelay(true)
      one.on('error', () => breakUp(pair))
      one.on('close', () => breakUp(pair))
      one.on('data', (piece) => void (other.writable && other.write(piece)))
    }
    silence([pair])
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  lab.defer(() => {
    listener.close()
    for (const pair of pairs) breakUp(pair)
  })
  return {
    port: (listener.address() as AddressInfo).port,
    divide(division = wholeNetwork) {
      look = division
      silence(pairs)
    },
    forget() {
      for (const pair of pairs) if (pair.client.isPaused()) breakUp(pair)
    },
  }
}

const wholeNetwork: Division = () => () => false
