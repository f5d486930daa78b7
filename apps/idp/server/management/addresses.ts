import type { FastifyInstance } from 'fastify'

/** The URLs that a listening instance answers at; the real port where port 0 was asked for. */
export function addressesOf(app: Pick<FastifyInstance, 'addresses'>): readonly string[] {
  return app.addresses().flatMap((bound) => {
    if (typeof bound === 'string') return []
    const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
    return [`http://${host}:${bound.port}`]
  })
}
