import type { Client } from '#core/clients/client.ts'
import { formatScope } from '#core/oauth/scope.ts'

/** A client as `--json` shows it: the names of RFC 7591 §2, and ours. Never a secret, nor its digest. */
export function clientJson(client: Client): { readonly [name: string]: unknown } {
  const { authentication } = client
  const secrets = authentication.method === 'none' ? undefined : authentication.secrets
  return {
    client_id: client.id,
    client_name: client.name,
    application_type: client.applicationType,
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    grant_types: [...client.grantTypes],
    token_endpoint_auth_method: authentication.method,
    scope: formatScope(client.scopes),
    first_party: client.firstParty,
    resource_server_of: client.resourceServerOf,
    access_token_format: client.accessTokenFormat,
    access_token_alg: client.accessTokenAlg,
    id_token_alg: client.idTokenAlg,
    client_uri: client.clientUri,
    logo_uri: client.logoUri,
    policy_uri: client.policyUri,
    tos_uri: client.tosUri,
    secrets: secrets?.map(({ createdAt, expiresAt }) => ({ created_at: createdAt, expires_at: expiresAt })),
    enabled: client.enabled,
    created_at: client.createdAt,
  }
}
