import type { FastifyRequest } from 'fastify'
import type { Origin } from '#core/oauth/origin.ts'

/** Where a request came from. The address is the peer's own, or what a listed proxy says of it. */
export function originOf(request: FastifyRequest): Origin {
  const agent = (request.headers['user-agent'] ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 200)
  return { address: request.ip, agent, requestId: request.id }
}
