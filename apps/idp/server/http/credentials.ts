import type { ClientCredentials } from '#core/clients/authenticate-client.ts'
import { refuse } from '#core/oauth/error.ts'
import { type Form, optional } from '#core/oauth/form.ts'

/**
 * Reads what a client brought to prove itself (RFC 6749 §2.3): exactly one way. More than one is refused
 * `invalid_request`, none `invalid_client`.
 */
export function readClientCredentials(authorization: string | undefined, form: Form): ClientCredentials {
  const inForm = optional(form, 'client_id')
  const secret = optional(form, 'client_secret')
  if (optional(form, 'client_assertion') || optional(form, 'client_assertion_type')) {
    refuse('invalid_client', 'client assertions are not supported')
  }
  if (authorization !== undefined) {
    const basic =
      readBasic(authorization) ?? refuse('invalid_client', 'the Authorization header is not of the Basic scheme')
    if (secret !== undefined)
      refuse('invalid_request', 'the client proved itself in two ways', { parameter: 'client_secret' })
    if (inForm !== undefined && inForm !== basic.id)
      refuse('invalid_request', 'client_id differs from the Authorization header', { parameter: 'client_id' })
    return basic
  }
  if (inForm === undefined) refuse('invalid_client', 'no client authentication')
  if (secret !== undefined) return { id: inForm, method: 'client_secret_post', secret }
  return { id: inForm, method: 'none', secret: undefined }
}

/** Both halves are form-encoded (RFC 6749 §2.3.1); what is not well encoded is taken as it stands, and will not match. */
function readBasic(authorization: string): ClientCredentials | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/_=-]+) *$/i.exec(authorization)?.[1]
  if (!encoded) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) return undefined
  return { id: decode(text.slice(0, colon)), method: 'client_secret_basic', secret: decode(text.slice(colon + 1)) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
