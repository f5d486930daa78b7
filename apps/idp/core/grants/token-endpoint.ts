import type { AuthenticateClient, ClientCredentials } from '../clients/authenticate-client.ts'
import { refuse } from '../oauth/error.ts'
import { type Form, required } from '../oauth/form.ts'
import type { Origin } from '../oauth/origin.ts'
import type { TokenResponse } from '../tokens/mint.ts'
import type { Grant } from './grant.ts'

export type TokenRequest = { readonly credentials: ClientCredentials; readonly form: Form; readonly origin: Origin }

export type TokenEndpoint = (request: TokenRequest) => Promise<TokenResponse>

/** The phases every grant shares (RFC 6749 §3.2). A grant cannot skip one, because it is not the grant that calls them. */
export function tokenEndpoint(authenticate: AuthenticateClient, grants: readonly Grant[]): TokenEndpoint {
  const byType = new Map(grants.map((grant) => [grant.type, grant]))

  return async ({ credentials, form, origin }) => {
    const grant = byType.get(form.get('grant_type') ?? '')
    const client = await authenticate(credentials, origin, grant?.freshness)

    required(form, 'grant_type')
    if (!grant) refuse('unsupported_grant_type', 'no such grant here', { parameter: 'grant_type' })
    if (!client.grantTypes.has(grant.type)) refuse('unauthorized_client', 'this client may not use that grant')

    return grant.redeem({ client, form, origin })
  }
}
