import * as oauth from 'oauth4webapi'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aProvider, type Provider } from '#test/support/provider.ts'

const callback = 'https://rp.example/callback'
const metadata = {
  client_name: 'A stranger',
  redirect_uris: [callback],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid profile offline_access',
}

let provider: Provider

beforeAll(async () => {
  provider = await aProvider({ flags: { 'registration.mode': 'token' } })
})
afterAll(() => provider.close())

/** The registration is taken back as RFC 7592 says, which neither library does for its caller. */
async function leave(client: { readonly [name: string]: unknown }): Promise<number> {
  const headers = { authorization: `Bearer ${client.registration_access_token}` }
  return (await fetch(String(client.registration_client_uri), { method: 'DELETE', headers })).status
}

test('openid-client registers itself, signs in, refreshes, and is nobody once it has left', async () => {
  // It sends its secret in the form unless told, so that is what it has to register.
  const own = { ...metadata, token_endpoint_auth_method: 'client_secret_post' }
  const config = await oidc.dynamicClientRegistration(new URL(provider.issuer), own, undefined, {
    initialAccessToken: await provider.initialToken(),
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  })
  const verifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: 'openid profile offline_access',
    prompt: 'consent',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  })
  const answer = await provider.person().authorize(url)
  const tokens = await oidc.authorizationCodeGrant(config, answer, { pkceCodeVerifier: verifier, expectedState: state })
  expect(await oidc.fetchUserInfo(config, tokens.access_token, provider.sub)).toMatchObject({ name: provider.name })
  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')

  expect(await leave(config.clientMetadata())).toBe(204)
  await expect(oidc.refreshTokenGrant(config, fresh.refresh_token ?? '')).rejects.toMatchObject({ status: 401 })
  await expect(oidc.fetchUserInfo(config, fresh.access_token, provider.sub)).rejects.toThrow()
})

test('oauth4webapi registers itself, signs in, refreshes, and is nobody once it has left', async () => {
  const http = { [oauth.allowInsecureRequests]: true }
  const issuer = new URL(provider.issuer)
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
  const initialAccessToken = await provider.initialToken()
  const asked = await oauth.dynamicClientRegistrationRequest(as, metadata, { ...http, initialAccessToken })
  const client = await oauth.processDynamicClientRegistrationResponse(asked)
  const again = await oauth.dynamicClientRegistrationRequest(as, metadata, { ...http, initialAccessToken })
  await expect(oauth.processDynamicClientRegistrationResponse(again)).rejects.toBeInstanceOf(
    oauth.WWWAuthenticateChallengeError,
  )

  const verifier = oauth.generateRandomCodeVerifier()
  const url = new URL(as.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid offline_access',
    prompt: 'consent',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString()
  const answer = await provider.person().authorize(url)
  const proof = oauth.ClientSecretBasic(String(client.client_secret))
  const parameters = oauth.validateAuthResponse(as, client, answer, oauth.expectNoState)
  const code = await oauth.authorizationCodeGrantRequest(as, client, proof, parameters, callback, verifier, http)
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, code, { requireIdToken: true })
  const refresh = () => oauth.refreshTokenGrantRequest(as, client, proof, tokens.refresh_token ?? '', http)
  expect((await oauth.processRefreshTokenResponse(as, client, await refresh())).access_token).toBeTruthy()

  expect(await leave(client)).toBe(204)
  await expect(oauth.processRefreshTokenResponse(as, client, await refresh())).rejects.toBeInstanceOf(
    oauth.WWWAuthenticateChallengeError,
  )
})
