import type { FastifyRequest } from 'fastify'
import type { BroughtCredentials, ClientCredentials } from '#core/clients/authenticate-client.ts'
import { assertionType, issuerOfAssertion } from '#core/clients/client-assertion.ts'
import { refuse } from '#core/oauth/error.ts'
import { type Form, optional } from '#core/oauth/form.ts'
import { clientCertificateOf } from './client-certificates.ts'

/**
 * Reads what a client brought to prove itself (RFC 6749 §2.3): exactly one way. More than one is refused
 * `invalid_request`, none `invalid_client`. A certificate of its connection may stand beside any: it is of the client that
 * is told to use one (RFC 8705 §2), and others may have one for reasons of their own.
 */
export function readClientCredentials(request: FastifyRequest, form: Form): ClientCredentials {
  return { ...readBrought(request.headers.authorization, form), certificate: clientCertificateOf(request) }
}

function readBrought(authorization: string | undefined, form: Form): BroughtCredentials {
  const inForm = optional(form, 'client_id')
  const secret = optional(form, 'client_secret')
  if (optional(form, 'client_assertion') || optional(form, 'client_assertion_type')) {
    if (authorization !== undefined || secret !== undefined)
      refuse('invalid_client', 'the client proved itself in two ways')
    return readAssertion(form, inForm)
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

/** A JWT says itself who it is from; a `client_id` beside it has to be the same (RFC 7521 §4.2). */
function readAssertion(form: Form, inForm: string | undefined): BroughtCredentials {
  if (optional(form, 'client_assertion_type') !== assertionType)
    refuse('invalid_client', `client_assertion_type is not ${assertionType}`)
  const assertion = optional(form, 'client_assertion') ?? ''
  const id = issuerOfAssertion(assertion)
  if (id === undefined) refuse('invalid_client', 'the client assertion is not a JWT whose iss and sub are its client')
  if (inForm !== undefined && inForm !== id)
    refuse('invalid_client', 'client_id differs from the client assertion', { parameter: 'client_id' })
  return { id, method: 'assertion', assertion }
}

/** Both halves are form-encoded (RFC 6749 §2.3.1); what is not well encoded is taken as it stands, and will not match. */
function readBasic(authorization: string): BroughtCredentials | undefined {
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
