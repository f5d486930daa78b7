import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '#core/clock.ts'
import type { KeyRing } from '#core/keys/key-ring.ts'
import type { Json } from '#core/users/user.ts'

/** A document as bytes, made when it changes and not when it is asked for. */
export type PublicDocument = { readonly body: Buffer; readonly etag: string; readonly maxAge: number }

/** `GET /.well-known/jwks.json` (RFC 7517 §5): public members only. */
export function jwksRoute(app: FastifyInstance, { ring, clock }: { ring: KeyRing; clock: Clock }): void {
  app.get('/.well-known/jwks.json', async (request, reply) => sendDocument(request, reply, ring.jwks(clock.now())))
}

/** The metadata at each of its addresses (OpenID Connect Discovery 1.0 §4, RFC 8414 §3). */
export function metadataRoutes(app: FastifyInstance, paths: readonly string[], read: () => PublicDocument): void {
  for (const path of paths) app.get(path, async (request, reply) => sendDocument(request, reply, read()))
}

/** Writes a JSON document, made anew only where what it is made from changed. */
export function documentOf<T>(
  source: () => T,
  write: (from: T) => { readonly [name: string]: Json },
  maxAge: number,
): () => PublicDocument {
  let seen = ''
  let document: PublicDocument | undefined
  return () => {
    const from = source()
    const key = JSON.stringify(from)
    if (document && key === seen) return document
    const body = Buffer.from(JSON.stringify(write(from)))
    document = { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"`, maxAge }
    seen = key
    return document
  }
}

/** Answers 304 where the caller has these very bytes (RFC 9110 §13.1.2). */
function sendDocument(
  request: FastifyRequest,
  reply: FastifyReply,
  { body, etag, maxAge }: PublicDocument,
): FastifyReply {
  reply.header('cache-control', `public, max-age=${maxAge}`).header('etag', etag)
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? []
  if (known.includes(etag) || known.includes('*')) return reply.code(304).send()
  return reply.type('application/json; charset=utf-8').send(body)
}
