import type { FastifyInstance } from 'fastify'

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
    const host = request.headers.host?.toLowerCase() ?? ''
    const name = host.replace(/:\d+$/, '')
    if (names.has(host) || names.has(name) || isPublicDocument(request.url.replace(/\?.*$/s, ''))) return
    await reply
      .code(421)
      .type('application/json')
      .send({ error: 'invalid_request', error_description: 'this server does not answer to that host name' })
  })
}
