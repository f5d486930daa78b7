import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { Origin } from '#core/oauth/origin.ts'

/** Where a request came from. */
export function originOf(request: FastifyRequest): Origin {
  const agent = (request.headers['user-agent'] ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 200)
  return { address: addressOf(request), agent, requestId: request.id }
}

/** What a request knows of its sender. */
export type Peer = { readonly ip?: string; readonly socket?: { readonly remoteAddress?: string | undefined } }

/** The peer's own IP address, or what a listed proxy says of it; where that is no address, the proxy's own. */
export function addressOf({ ip = '', socket }: Peer): string {
  const isAddress = isIP(ip) !== 0 && !ip.includes('%')
  return isAddress ? ip : (socket?.remoteAddress ?? '')
}
