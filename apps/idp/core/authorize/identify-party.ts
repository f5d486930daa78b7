import type { Client } from '../clients/client.ts'
import type { ClientStore } from '../clients/client-store.ts'
import { findRegistered, type RegisteredRedirectUri } from '../clients/redirect-uri.ts'
import { OAuthError, refuse } from '../oauth/error.ts'
import { echoed, type Form, optional, required } from '../oauth/form.ts'
import { type ResponseType, readResponseType } from '../oauth/response-type.ts'
import { defaultResponseMode, type ResponseMode, readResponseMode } from './response-mode.ts'

/** Who asks, and where the answer goes. Before there is a Party an error is a page; after it, a redirect. */
export type Party = {
  readonly client: Client
  readonly redirectUri: RegisteredRedirectUri
  readonly state: string | undefined
  /** What is asked for; undefined where it is missing or not spoken here. */
  readonly responseType: ResponseType | undefined
  /** The mode asked for, else the response type's own. */
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

/** The client that asks. Every refusal is local. */
export async function findClient(form: Form, clients: ClientStore): Promise<Client> {
  const client = await clients.find(required(form, 'client_id'))
  if (!client) refuse('invalid_request', 'client_id is not known here', { parameter: 'client_id' })
  if (!client.enabled) refuse('unauthorized_client', 'this client is disabled', { parameter: 'client_id' })
  return client
}

export type PartyParts = { readonly clients: ClientStore; readonly responseTypes: readonly ResponseType[] }

/** Reads the party of an authorization request. Every refusal is local: nothing is redirected (RFC 6749 §4.1.2.1). */
export async function identifyParty(form: Form, { clients, responseTypes: types }: PartyParts): Promise<Party> {
  const client = await findClient(form, clients)
  const presented = required(form, 'redirect_uri')
  const redirectUri = findRegistered(client, presented)
  if (!redirectUri) throw new UnregisteredRedirectUri(presented, client)
  const read = readResponseType(optional(form, 'response_type') ?? '')
  const responseType = types.find((type) => type === read)
  const asked = optional(form, 'response_mode')
  const mode = asked === undefined ? undefined : readResponseMode({ asked, type: responseType, types, redirectUri })
  const responseMode = mode ?? defaultResponseMode(responseType)
  return { client, redirectUri, state: echoed(form, 'state'), responseType, responseMode }
}
