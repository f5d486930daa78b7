import { createHmac } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { refuse } from '#core/oauth/error.ts'
import { sameDigest } from '#core/oauth/random.ts'

/**
 * The token of one form: a MAC under the browser's own cookie, which no other site can read, over what the form is for.
 * A token of another page, another request or another session does not fit.
 */
export function csrfToken(browser: string, ...purpose: readonly string[]): string {
  return createHmac('sha256', browser)
    .update(['signet form', ...purpose].join('\n'))
    .digest('base64url')
}

/** Refuses a form that this browser was not given for this purpose, or that another site has posted. */
export function checkCsrf(
  request: FastifyRequest,
  issuer: string,
  sent: string | undefined,
  expected: string | undefined,
): void {
  const site = request.headers['sec-fetch-site']
  const origin = request.headers.origin
  const isForeign =
    site === 'cross-site' ||
    site === 'same-site' ||
    (origin !== undefined && origin !== 'null' && origin !== new URL(issuer).origin)
  if (isForeign || sent === undefined || expected === undefined || !sameDigest(sent, expected)) {
    refuse('access_denied', 'this form was not made for this browser; open the page again', { parameter: 'csrf' })
  }
}
