import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aProvider, type Provider } from '#test/support/provider.ts'

const callback = 'http://localhost:4198/callback'
const http = { [oauth.allowInsecureRequests]: true }

let provider: Provider

beforeAll(async () => {
  provider = await aProvider()
})
afterAll(() => provider.close())

async function discover(): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(provider.issuer)
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
}

async function signIn(as: oauth.AuthorizationServer, client: oauth.Client): Promise<oauth.TokenEndpointResponse> {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const url = new URL(as.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid notes:read',
    resource: provider.api,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }).toString()
  const answer = await provider.person().authorize(url)

  const parameters = oauth.validateAuthResponse(as, client, answer, state)
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    oauth.None(),
    parameters,
    callback,
    verifier,
    http,
  )
  const checks = { expectedNonce: nonce, requireIdToken: true }
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, checks)
  await oauth.validateApplicationLevelSignature(as, response, http)
  return tokens
}

test('oauth4webapi signs in as a public client, refreshes, and accepts the token as an API does (RFC 9068)', async () => {
  const as = await discover()
  const scopes = ['openid', 'notes:read']
  const { id } = await provider.client({ public: true, redirectUris: [callback], scopes })
  const client = { client_id: id }
  const tokens = await signIn(as, client)

  const ask = (token: string) => new Request(provider.api, { headers: { authorization: `Bearer ${token}` } })
  const claims = await oauth.validateJwtAccessToken(as, ask(tokens.access_token), provider.api, http)
  expect(claims).toMatchObject({ client_id: id, scope: 'notes:read' })

  const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token ?? '', http)
  const fresh = await oauth.processRefreshTokenResponse(as, client, response)
  expect((await oauth.validateJwtAccessToken(as, ask(fresh.access_token), provider.api, http)).sub).toBe(claims.sub)

  const other = oauth.validateJwtAccessToken(as, ask(fresh.access_token), 'https://other.example', http)
  await expect(other).rejects.toThrow()
})

test('oauth4webapi gets a token of its own by client_credentials', async () => {
  const as = await discover()
  const { id, secret } = await provider.client({ grantTypes: ['client_credentials'], scopes: ['notes:read'] })
  const client = { client_id: id }
  const parameters = { scope: 'notes:read', resource: provider.api }
  const proof = oauth.ClientSecretBasic(secret)

  const response = await oauth.clientCredentialsGrantRequest(as, client, proof, parameters, http)
  const tokens = await oauth.processClientCredentialsResponse(as, client, response)

  const request = new Request(provider.api, { headers: { authorization: `Bearer ${tokens.access_token}` } })
  expect(await oauth.validateJwtAccessToken(as, request, provider.api, http)).toMatchObject({ sub: id, client_id: id })
})
