import { responseModesWith } from '../authorize/response-mode.ts'
import { assertionAlgs } from '../clients/assertion-algs.ts'
import type { ClientAuthenticationMethod } from '../clients/client.ts'
import type { DecryptionAlg } from '../keys/stored-ring.ts'
import { prompts } from '../oauth/prompt.ts'
import { grantsOf, type ResponseType } from '../oauth/response-type.ts'
import { standardClaims, standardScopes } from '../users/claims.ts'
import type { Json } from '../users/user.ts'
import { encryptionToClients, requestObjects } from './encryption-metadata.ts'
import { logoutMetadata } from './logout-metadata.ts'

/** What is wired; the metadata says just that. */
export type Wired = {
  readonly issuer: string
  /** The grants of the token endpoint. */
  readonly grantTypes: readonly string[]
  readonly responseTypes: readonly ResponseType[]
  /** What the key ring can sign with. */
  readonly algs: readonly string[]
  /** The kinds of key that others can encrypt to. */
  readonly decryptionAlgs: readonly DecryptionAlg[]
  readonly acrValues: readonly string[]
  /** Whether clients can register themselves. */
  readonly registers: boolean
  /** How clients can prove themselves here. */
  readonly authenticationMethods: readonly ClientAuthenticationMethod[]
  /** Where the endpoints are that ask for certificates; undefined where that is the issuer itself, or nowhere. */
  readonly clientUrl: string | undefined
}

/** Provider metadata (OpenID Connect Discovery 1.0 §3, RFC 8414 §2), derived from what is wired and never typed twice. */
export function metadata(wired: Wired): { readonly [name: string]: Json } {
  const { issuer, grantTypes, responseTypes, algs, decryptionAlgs, acrValues, registers } = wired
  const { authenticationMethods, clientUrl } = wired
  const withProof = authenticationMethods.filter((method) => method !== 'none')
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    introspection_endpoint: `${issuer}/introspect`,
    revocation_endpoint: `${issuer}/revoke`,
    ...logoutMetadata(issuer),
    ...(registers && { registration_endpoint: `${issuer}/register` }),
    scopes_supported: standardScopes,
    response_types_supported: responseTypes,
    response_modes_supported: responseModesWith(responseTypes),
    grant_types_supported: [...new Set([...grantTypes, ...responseTypes.flatMap(grantsOf)])],
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: algs,
    userinfo_signing_alg_values_supported: algs,
    ...encryptionToClients,
    token_endpoint_auth_methods_supported: authenticationMethods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    introspection_endpoint_auth_methods_supported: withProof,
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    revocation_endpoint_auth_methods_supported: authenticationMethods,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    code_challenge_methods_supported: ['S256'],
    claim_types_supported: ['normal'],
    claims_supported: [...standardClaims, 'acr', 'amr', 'auth_time', 'sid'],
    claims_parameter_supported: true,
    ...requestObjects(decryptionAlgs),
    authorization_response_iss_parameter_supported: true,
    acr_values_supported: acrValues,
    prompt_values_supported: prompts,
    ui_locales_supported: ['en'],
    ...(clientUrl !== undefined && { mtls_endpoint_aliases: aliases(issuer, clientUrl) }),
  }
}

/** The same endpoints at the address that asks for certificates (RFC 8705 §5). */
function aliases(issuer: string, clientUrl: string): { readonly [name: string]: Json } {
  const base = `${clientUrl}${new URL(issuer).pathname.replace(/\/$/, '')}`
  return {
    token_endpoint: `${base}/token`,
    introspection_endpoint: `${base}/introspect`,
    revocation_endpoint: `${base}/revoke`,
  }
}
