import { type AssertingClient, aPair, assertionOf, type Otherwise, type Pair } from './assertions.ts'
import { type Changes, pkce } from './steps.ts'
import type { Claims } from './tokens.ts'
import type { KnownClient, World } from './world.ts'

/** A client with keys of its own that it signs request objects with. */
export type RequestingClient = KnownClient & AssertingClient

/** Registers one, confidential unless told. */
export async function aRequestingClient(world: World, pair: Pair = aPair(), wishes: Claims = {}) {
  const redirectUri = 'https://jar.test/cb'
  const own = {
    name: 'Requests',
    redirectUris: [redirectUri, 'https://jar.test/other'],
    scopes: ['openid', 'profile', 'email'],
    grantTypes: ['authorization_code', 'refresh_token'],
  }
  const keys = 'jwksUri' in wishes ? {} : { jwks: { keys: [pair.jwk] } }
  const { client, secret = '' } = await world.server.clients.create({ ...own, ...keys, ...wishes }, 'test')
  const method = client.authentication.method as KnownClient['method']
  return { id: client.id, secret, method, redirectUri, pair } satisfies RequestingClient
}

/** What an honest request object asks for. */
export function asked(client: KnownClient): Claims {
  return {
    client_id: client.id,
    response_type: 'code',
    redirect_uri: client.redirectUri,
    scope: 'openid',
    state: 'a-state',
    nonce: 'a-nonce',
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
  }
}

/** An honest request object, but for the changes; RFC 9101 §4. */
export function objectOf(world: World, client: RequestingClient, { claims, header, ...rest }: Otherwise = {}): string {
  const said = { sub: undefined, jti: undefined, ...asked(client), ...claims }
  return assertionOf(world, client, { ...rest, claims: said, header: { typ: 'oauth-authz-req+jwt', ...header } })
}

/** The authorization request with it: what OpenID Connect Core §6.1 wants outside, and no more. */
export function requestUrl(world: World, client: KnownClient, fields: Changes): URL {
  const url = new URL('/authorize', world.issuer)
  const outside = { client_id: client.id, response_type: 'code', scope: 'openid', ...fields }
  for (const [name, value] of Object.entries(outside)) if (typeof value === 'string') url.searchParams.set(name, value)
  return url
}
