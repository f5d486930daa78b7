import { refuse } from '#core/oauth/error.ts'
import type { Form } from '#core/oauth/form.ts'
import { optional } from '#core/oauth/form.ts'

/**
 * The access token of a request: in the Authorization header or the form body, never both and never in the URL
 * (RFC 6750 §2). Undefined where there is none.
 */
export function readBearer(authorization: string | undefined, form: Form): string | undefined {
  const inHeader = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(authorization ?? '')?.[1]
  if (authorization !== undefined && inHeader === undefined)
    refuse('invalid_token', 'the Authorization header holds no bearer token')
  const inBody = optional(form, 'access_token')
  if (inHeader !== undefined && inBody !== undefined)
    refuse('invalid_request', 'the access token came twice', { parameter: 'access_token' })
  return inHeader ?? inBody
}
