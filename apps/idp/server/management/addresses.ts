import type { FastifyInstance } from 'fastify'
import { isSecure } from '../http/tls.ts'

/** The URLs that a listening instance answers at; the real port where port 0 was asked for. */
export function addressesOf(app: Pick<FastifyInstance, 'addresses' | 'server'>): readonly string[] {
  const scheme = isSecure(app.server) ? 'https' : 'http'
  return app.addresses().flatMap((bound) => {
    if (typeof bound === 'string') return []
    const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
    return [`${scheme}://${host}:${bound.port}`]
  })
}
