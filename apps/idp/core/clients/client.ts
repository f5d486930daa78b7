import type { Scopes } from '../oauth/scope.ts'
import type { CertificateAuthentication } from './client-certificate.ts'
import type { ClientDetails } from './client-details.ts'
import type { ClientJwk } from './client-jwks.ts'

/** One secret of a client. Several may be valid at once, so that a rotation can overlap. */
export type ClientSecret = {
  /** SHA-256 of the secret, base64url; a generated secret has full entropy and needs no slow hash. */
  readonly hash: string
  readonly createdAt: Date
  /** When it stops working; undefined for the current one. */
  readonly expiresAt: Date | undefined
}

/** A secret that a MAC is made with, so that it has to be known again: sealed for its client under `keys.secret`. */
export type SealedClientSecret = ClientSecret & { readonly sealed: string }

/** How a client proves itself at the token endpoint; pinned per client, so that no request can pick a weaker way. */
export type ClientAuthentication =
  | { readonly method: 'none' }
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly secrets: readonly ClientSecret[] }
  | { readonly method: 'client_secret_jwt'; readonly secrets: readonly SealedClientSecret[] }
  | { readonly method: 'private_key_jwt' }
  | CertificateAuthentication

export type ClientAuthenticationMethod = ClientAuthentication['method']

/** Every method that a client can be registered with; see {@link servedMethods} for those that a server can serve. */
export const clientAuthenticationMethods: readonly ClientAuthenticationMethod[] = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'client_secret_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
  'none',
]

/**
 * Those that a server can serve. A certificate has to come to it for two of them, and somebody who may say so has to
 * verify its chain for one.
 */
export function servedMethods(tls: { readonly takesCertificates: boolean; readonly verifiesChains: boolean }) {
  return clientAuthenticationMethods.filter((method) => {
    if (method === 'tls_client_auth') return tls.verifiesChains
    return method !== 'self_signed_tls_client_auth' || tls.takesCertificates
  })
}

export type TokenFormat = 'jwt' | 'opaque'

/** An application that may ask for tokens (RFC 6749 §2; OpenID Connect Registration §2 for the metadata). */
export type Client = ClientDetails & {
  readonly id: string
  readonly name: string
  readonly applicationType: 'web' | 'native'
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly grantTypes: ReadonlySet<string>
  readonly authentication: ClientAuthentication
  /** Its keys, or where they are (RFC 7591 §2): one of them at most. */
  readonly jwks: readonly ClientJwk[] | undefined
  readonly jwksUri: string | undefined
  /** The one algorithm of its assertions; undefined allows every one of its method. */
  readonly tokenEndpointAuthSigningAlg: string | undefined
  /** The scopes it may ask for. */
  readonly scopes: Scopes
  /** The operator's own app: its people are not asked for consent, but to `offline_access`. */
  readonly firstParty: boolean
  /** Overrides the API's format and algorithm; undefined follows the API or the default. */
  readonly accessTokenFormat: TokenFormat | undefined
  readonly accessTokenAlg: string | undefined
  readonly idTokenAlg: string
  /** The audience of the API that this client is the resource server of: it may introspect that API's tokens. */
  readonly resourceServerOf: string | undefined
  readonly clientUri: string | undefined
  readonly logoUri: string | undefined
  readonly policyUri: string | undefined
  readonly tosUri: string | undefined
  readonly enabled: boolean
  /** Copied by families and tokens at birth; a bump ends all that is older. */
  readonly tokenVersion: number
  readonly createdAt: Date
  /** Counts the changes of this record; see {@link ClientStore.put}. */
  readonly revision: number
}

/** A client without a credential of its own: it must use PKCE, and its identity is never assured. */
export function isPublic(client: Client): boolean {
  return client.authentication.method === 'none'
}
