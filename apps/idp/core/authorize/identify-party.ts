import type { Client } from '../clients/client.ts'
import type { ClientStore } from '../clients/client-store.ts'
import { findRegistered, type RegisteredRedirectUri } from '../clients/redirect-uri.ts'
import { OAuthError, refuse } from '../oauth/error.ts'
import { echoed, type Form, optional, required } from '../oauth/form.ts'
import type { ResponseMode } from './authorization-request.ts'

/** Who asks, and where the answer goes. Before there is a Party an error is a page; after it, a redirect. */
export type Party = {
  readonly client: Client
  readonly redirectUri: RegisteredRedirectUri
  readonly state: string | undefined
  readonly responseMode: ResponseMode
}

/** A redirect URI that is not registered; carries what a developer needs to see the difference. */
export class UnregisteredRedirectUri extends OAuthError {
  readonly received: string
  readonly client: Client

  constructor(received: string, client: Client) {
    super('invalid_request', 'redirect_uri is not registered for this client', { parameter: 'redirect_uri' })
    this.received = received
    this.client = client
  }
}

/** Reads the party of an authorization request. Every refusal is local: nothing is redirected (RFC 6749 §4.1.2.1). */
export async function identifyParty(form: Form, clients: ClientStore): Promise<Party> {
  const client = await clients.find(required(form, 'client_id'))
  if (!client) refuse('invalid_request', 'client_id is not known here', { parameter: 'client_id' })
  if (!client.enabled) refuse('unauthorized_client', 'this client is disabled', { parameter: 'client_id' })
  const presented = required(form, 'redirect_uri')
  const redirectUri = findRegistered(client, presented)
  if (!redirectUri) throw new UnregisteredRedirectUri(presented, client)
  const responseMode = readResponseMode(form, redirectUri) ?? 'query'
  return { client, redirectUri, state: echoed(form, 'state'), responseMode }
}

/**
 * The `response_mode`, `query` where none is asked for; undefined where it is not one of ours, or where no form can be
 * posted: an app's private scheme is no web address.
 */
export function readResponseMode(form: Form, redirectUri: RegisteredRedirectUri): ResponseMode | undefined {
  const mode = optional(form, 'response_mode') ?? 'query'
  if (mode === 'form_post') return /^https?:/.test(redirectUri) ? mode : undefined
  return mode === 'query' ? mode : undefined
}
