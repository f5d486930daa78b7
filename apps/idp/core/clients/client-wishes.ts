import type { Scopes } from '../oauth/scope.ts'
import type { Client } from './client.ts'

/**
 * What somebody asks a client to be, before anything is checked: texts, as a command or a request brings them. What is
 * left out takes its default; see {@link readWishes}.
 */
export type ClientWishes = {
  readonly name?: string | undefined
  readonly applicationType?: string | undefined
  readonly redirectUris?: readonly string[] | undefined
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  readonly grantTypes?: readonly string[] | undefined
  readonly authenticationMethod?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly firstParty?: boolean | undefined
  readonly resourceServerOf?: string | undefined
  readonly accessTokenFormat?: string | undefined
  readonly accessTokenAlg?: string | undefined
  readonly idTokenAlg?: string | undefined
  readonly clientUri?: string | undefined
  readonly logoUri?: string | undefined
  readonly policyUri?: string | undefined
  readonly tosUri?: string | undefined
}

/** The wishes that would make this client again: what an update starts from. */
export function wishesOf(client: Client): ClientWishes {
  return {
    ...client,
    grantTypes: [...client.grantTypes],
    scopes: [...client.scopes],
    authenticationMethod: client.authentication.method,
  }
}

/** The wishes with their defaults: authorization code, scope openid, web, basic; refresh where offline access is asked. */
export function withDefaults(wishes: ClientWishes): ClientWishes & {
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
} {
  const grants = wishes.grantTypes ?? ['authorization_code']
  const scopes = wishes.scopes ?? (grants.includes('authorization_code') ? ['openid'] : [])
  const refreshes = !wishes.grantTypes && scopes.includes('offline_access')
  return {
    ...wishes,
    grantTypes: refreshes ? [...grants, 'refresh_token'] : grants,
    scopes,
    redirectUris: unique(wishes.redirectUris ?? []),
    postLogoutRedirectUris: unique(wishes.postLogoutRedirectUris ?? []),
  }
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set<string>(texts)]
}

/** The part of a client that wishes decide. */
export type ClientMetadata = Omit<
  Client,
  'id' | 'authentication' | 'enabled' | 'tokenVersion' | 'createdAt' | 'revision' | 'scopes'
> & { readonly scopes: Scopes; readonly authenticationMethod: Client['authentication']['method'] }
