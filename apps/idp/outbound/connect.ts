import { once } from 'node:events'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { AllowList } from '#core/outbound/allow-list.ts'
import { mayReach, type OutboundTarget } from '#core/outbound/outbound-uri.ts'
import type { ResolveHost } from './resolve-host.ts'

export type ConnectParts = {
  readonly allow: AllowList
  /** For names of strangers, and for names that the operator gave. */
  readonly resolve: { readonly stranger: ResolveHost; readonly named: ResolveHost }
  /** Opens a socket to an address, never to a name. */
  readonly dial?: (address: string, port: number) => Socket
  /** Trusted instead of the machine's own certificate authorities. */
  readonly ca?: string
}

/** Why nothing was connected, for our log. */
class NotConnected extends Error {
  override readonly name = 'NotConnected'
}

/** More addresses than this are not tried: a name with a thousand would keep us busy. */
const mostAddresses = 4

/**
 * A connection to where a target leads, with TLS 1.2 or newer and a verified certificate for https. A name is resolved
 * once, its addresses are judged, and those very addresses are dialled: between the look and the connection there is no
 * second look-up that could answer otherwise. Throws where nothing can be connected before the signal.
 */
export async function connect(parts: ConnectParts, target: OutboundTarget, signal: AbortSignal): Promise<Socket> {
  const addresses = await judgedAddresses(parts, target, signal)
  const socket = await firstConnected(parts, { addresses, port: target.port }, signal)
  return target.isHttps ? secured(socket, { host: target.host, ca: parts.ca }, signal) : socket
}

async function judgedAddresses(
  { allow, resolve }: ConnectParts,
  { host, isNamed }: OutboundTarget,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lookUp = isNamed ? resolve.named : resolve.stranger
  const found = isIP(host) === 0 ? await raced(lookUp(host), signal) : [host]
  const judged = found.filter((address) => isIP(address) !== 0 && (isNamed || mayReach(address, allow)))
  if (judged.length > 0) return judged.slice(0, mostAddresses)
  throw new NotConnected(
    found.length > 0 ? `${host} leads to ${found[0]}, which is not public` : `${host} has no address`,
  )
}

type Places = { readonly addresses: readonly string[]; readonly port: number }

async function firstConnected(
  { dial = dialTcp }: ConnectParts,
  { addresses, port }: Places,
  signal: AbortSignal,
): Promise<Socket> {
  let failure: unknown
  for (const address of addresses) {
    const socket = dial(address, port)
    try {
      // While there is another address, a silent one does not get all the time.
      const patience = addresses.length > 1 ? AbortSignal.any([signal, AbortSignal.timeout(700)]) : signal
      await once(socket, 'connect', { signal: patience })
      return socket
    } catch (error) {
      abandon(socket)
      failure = error
      signal.throwIfAborted()
    }
  }
  throw failure
}

function dialTcp(address: string, port: number): Socket {
  return connectTcp({ host: address, port })
}

type Peer = { readonly host: string; readonly ca: string | undefined }

async function secured(socket: Socket, { host, ca }: Peer, signal: AbortSignal): Promise<Socket> {
  const secure = connectTls({
    socket,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    // Said here, because an environment variable can turn the default off.
    rejectUnauthorized: true,
  })
  try {
    await once(secure, 'secureConnect', { signal })
    return secure
  } catch (error) {
    abandon(secure)
    abandon(socket)
    throw error
  }
}

/** What an abandoned socket still says is nobody's business any more; unheard, an error would end the process. */
function abandon(socket: Socket): void {
  socket.on('error', () => {})
  socket.destroy()
}

function raced<A>(promise: Promise<A>, signal: AbortSignal): Promise<A> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}
