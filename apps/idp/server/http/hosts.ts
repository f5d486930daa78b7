import type { FastifyInstance, FastifyReply } from 'fastify'
import { pathOf } from './logging.ts'

/**
 * Answers 421 to requests that are addressed to another name than the issuer's or a listed one: no Host header can
 * change a link, an issuer or a cookie here. Public documents answer to any name, since machines fetch them by whatever
 * name their network knows.
 */
export function checkHosts(
  app: FastifyInstance,
  known: readonly string[],
  isPublicDocument: (path: string) => boolean,
): void {
  const names = new Set(known.map((name) => name.toLowerCase()))
  app.addHook('onRequest', async (request, reply) => {
    // One Host header (RFC 9112 §3.2): of two, this server and a proxy before it could each believe another.
    if (request.raw.headersDistinct.host?.length !== 1) return say(reply, 400, 'a request has one Host header')
    const host = (authorityOf(request.url) ?? request.headers.host ?? '').toLowerCase()
    const name = host.replace(/:\d+$/, '')
    if (names.has(host) || names.has(name) || isPublicDocument(pathOf(request.url))) return
    return say(reply, 421, 'this server does not answer to that host name')
  })
}

/** The host in a request line that has one; it counts, and the Host header beside it does not (RFC 9112 §3.2.2). */
function authorityOf(url: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1]
}

async function say(reply: FastifyReply, status: number, description: string): Promise<void> {
  await reply.code(status).type('application/json').send({ error: 'invalid_request', error_description: description })
}
