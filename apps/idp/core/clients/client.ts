import type { Scopes } from '../oauth/scope.ts'

/** One secret of a client. Several may be valid at once, so that a rotation can overlap. */
export type ClientSecret = {
  /** SHA-256 of the secret, base64url; a generated secret has full entropy and needs no slow hash. */
  readonly hash: string
  readonly createdAt: Date
  /** When it stops working; undefined for the current one. */
  readonly expiresAt: Date | undefined
}

/** How a client proves itself at the token endpoint; pinned per client, so that no request can pick a weaker way. */
export type ClientAuthentication =
  | { readonly method: 'none' }
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly secrets: readonly ClientSecret[] }

export type ClientAuthenticationMethod = ClientAuthentication['method']

/** Every method that is wired, for the metadata and the command. */
export const clientAuthenticationMethods: readonly ClientAuthenticationMethod[] = [
  'client_secret_basic',
  'client_secret_post',
  'none',
]

export type TokenFormat = 'jwt' | 'opaque'

/** An application that may ask for tokens (RFC 6749 §2; OpenID Connect Registration §2 for the metadata). */
export type Client = {
  readonly id: string
  readonly name: string
  readonly applicationType: 'web' | 'native'
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly grantTypes: ReadonlySet<string>
  readonly authentication: ClientAuthentication
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
