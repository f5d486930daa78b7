import type { FastifyInstance, FastifyReply } from 'fastify'

/**
 * Puts the headers that every answer carries on every answer, errors and unknown paths included. A route that may be
 * cached says so itself; everything else is `no-store` (RFC 6749 §5.1, RFC 9700 §4.2).
 */
export function secureAnswers(app: FastifyInstance, { isHttps }: { isHttps: boolean }): void {
  app.addHook('onSend', async (_request, reply) => {
    fallback(reply, 'cache-control', 'no-store')
    fallback(reply, 'content-security-policy', "default-src 'none'; frame-ancestors 'none'")
    reply.header('x-content-type-options', 'nosniff')
    reply.header('x-frame-options', 'DENY')
    reply.header('referrer-policy', 'no-referrer')
    reply.header('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
    if (isHttps) reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains')
  })
}

function fallback(reply: FastifyReply, name: string, value: string): void {
  if (!reply.hasHeader(name)) reply.header(name, value)
}

/**
 * The policy of a page: our own stylesheet, script and pictures, nothing inline, no frame. After a form is posted the
 * browser may be led on to an app, whose scheme has to be allowed: browsers apply `form-action` to the whole chain of
 * redirects, and a host is not enough where the app leads on again.
 */
export function pagePolicy(formTargets: readonly string[] = []): string {
  const schemes = new Set(formTargets.map((uri) => `${uri.slice(0, uri.indexOf(':')).toLowerCase()}:`))
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    ["form-action 'self'", ...schemes].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
