import { expect } from 'vitest'
import { authorizeUrl, type Changes, cookiesOf, personOf } from './steps.ts'
import { type Claims, claimsOf } from './tokens.ts'
import type { KnownClient, KnownUser, World } from './world.ts'

/** Registers a client for some response types, and the grants that they need. */
export async function registerFor(world: World, id: string, responseTypes: readonly string[], more = {}) {
  const redirectUri = `https://${id}.test/cb`
  const scopes = ['openid', 'email', 'offline_access']
  const wishes = { id, name: id, redirectUris: [redirectUri], responseTypes, scopes, ...more }
  const { secret = '' } = await world.server.clients.create(wishes, 'test')
  return { id, secret, method: 'client_secret_basic', redirectUri } as const
}

/** An honest request for tokens in the answer itself. */
export function tokensUrl(world: World, client: KnownClient, changes: Changes = {}): URL {
  return authorizeUrl(world, client, { response_type: 'id_token token', code_challenge: undefined, ...changes })
}

/** What stands behind the `#` of an answer. */
export function behind(url: URL | undefined): { readonly [parameter: string]: string } {
  return Object.fromEntries(new URLSearchParams(url?.hash.slice(1)))
}

export type Asked = {
  readonly client: KnownClient
  readonly user?: KnownUser
  readonly person?: ReturnType<typeof personOf>
  readonly changes?: Changes
}

/** An answer with tokens in it, and nothing of it in the query. */
export async function askForTokens(world: World, asked: Asked) {
  const { client, person = personOf(world, asked.user ?? world.u1), changes } = asked
  const url = await person.authorize(tokensUrl(world, client, changes))
  const said = behind(url)
  world.keepSecret(said.access_token, said.id_token)
  cookiesOf(world, person)
  expect(url.search).toBe('')
  const claims: Claims = said.id_token ? claimsOf(said.id_token) : {}
  return { person, access: said.access_token ?? '', claims, said }
}

/** An error behind the `#`, complete: the state, the issuer, and no token. */
export function expectErrorBehind(world: World, client: KnownClient, url: URL | undefined, error: string): void {
  // Whether anybody is signed in is told with an error too, once the request could be read.
  const { session_state: _told, ...said } = behind(url)
  expect([url?.href.split('#')[0], said]).toEqual([
    client.redirectUri,
    { error, error_description: expect.any(String), state: 'a-state', iss: world.issuer },
  ])
}
