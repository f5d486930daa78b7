import type { FastifyInstance } from 'fastify'

class UnsupportedCoding extends Error {
  readonly statusCode = 415
}

/**
 * Refuses bodies that are packed in any way, with 415 and before a byte of them is read: forms are small, and what is
 * never unpacked cannot be a bomb (RFC 9110 §8.4, RFC 9112 §6.1).
 */
export function requirePlainBodies(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ headers }) => {
    const content = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
    const transfer = headers['transfer-encoding']?.trim().toLowerCase() ?? 'chunked'
    if (content !== 'identity' || transfer !== 'chunked') throw new UnsupportedCoding('the body is packed')
  })
}
