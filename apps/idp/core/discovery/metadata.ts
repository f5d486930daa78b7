import { clientAuthenticationMethods } from '../clients/client.ts'
import { prompts } from '../oauth/prompt.ts'
import { standardClaims, standardScopes } from '../users/claims.ts'
import type { Json } from '../users/user.ts'

/** What is wired; the metadata says just that. */
export type Wired = {
  readonly issuer: string
  readonly grantTypes: readonly string[]
  /** What the key ring can sign with. */
  readonly algs: readonly string[]
  readonly acrValues: readonly string[]
}

/** Provider metadata (OpenID Connect Discovery 1.0 §3, RFC 8414 §2), derived from what is wired and never typed twice. */
export function metadata({ issuer, grantTypes, algs, acrValues }: Wired): { readonly [name: string]: Json } {
  const withSecret = clientAuthenticationMethods.filter((method) => method !== 'none')
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    introspection_endpoint: `${issuer}/introspect`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/logout`,
    scopes_supported: standardScopes,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post'],
    grant_types_supported: grantTypes,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: algs,
    token_endpoint_auth_methods_supported: clientAuthenticationMethods,
    introspection_endpoint_auth_methods_supported: withSecret,
    revocation_endpoint_auth_methods_supported: clientAuthenticationMethods,
    code_challenge_methods_supported: ['S256'],
    claim_types_supported: ['normal'],
    claims_supported: [...standardClaims, 'acr', 'amr', 'auth_time', 'sid'],
    claims_parameter_supported: true,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    authorization_response_iss_parameter_supported: true,
    acr_values_supported: acrValues,
    prompt_values_supported: prompts,
    ui_locales_supported: ['en'],
  }
}
