import type { FastifyInstance } from 'fastify'

/** What every answer carries, also those that are written before there is a request. */
export function safeHeaders({ isHttps }: { isHttps: boolean }): { readonly [name: string]: string } {
  return {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    ...(isHttps && { 'strict-transport-security': 'max-age=31536000' }),
  }
}

/**
 * Puts those headers on every answer, errors and unknown paths included. A route that may be cached, or a page with a
 * policy of its own, says so itself; everything else is `no-store` (RFC 6749 §5.1, RFC 9700 §4.2).
 */
export function secureAnswers(app: FastifyInstance, site: { isHttps: boolean }): void {
  const headers = Object.entries(safeHeaders(site))
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of headers) if (!reply.hasHeader(name)) reply.header(name, value)
  })
}

/**
 * The policy of a page: our own stylesheet, script and pictures, nothing inline, no frame but those that are named. After a form is posted the
 * browser may be led on to an app, whose scheme has to be allowed: browsers apply `form-action` to the whole chain of
 * redirects, and a host is not enough where the app leads on again.
 */
export function pagePolicy(formTargets: readonly string[] = [], frames: readonly string[] = []): string {
  const schemes = new Set(formTargets.map((uri) => `${uri.slice(0, uri.indexOf(':')).toLowerCase()}:`))
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    ["form-action 'self'", ...schemes].join(' '),
    ...(frames.length > 0 ? [`frame-src ${[...new Set(frames.map(frameSource))].join(' ')}`] : []),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** The origin of an address, as a policy can say it: it knows no IPv6 addresses (CSP 3 §2.3.1), so there the scheme. */
function frameSource(address: string): string {
  const { origin, protocol, hostname } = new URL(address)
  return hostname.startsWith('[') ? protocol : origin
}
