import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aProvider, type Provider } from '#test/support/provider.ts'

const callback = 'https://rp.test/callback'

describe('openid-client, with ID tokens from the front channel', () => {
  let provider: Provider
  beforeAll(async () => {
    provider = await aProvider({ flags: { 'authorize.frontChannelTokens': 'id_token' } })
  })
  afterAll(() => provider.close())

  /** A client for one response type, told to the library by its own switches. */
  async function aClient(type: string, grantTypes: readonly string[], ...execute: ((c: oidc.Configuration) => void)[]) {
    const wish = { redirectUris: [callback], scopes: ['openid', 'profile'], responseTypes: [type], grantTypes }
    const { id, secret } = await provider.client(wish)
    const http = [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks]
    return oidc.discovery(new URL(provider.issuer), id, undefined, oidc.ClientSecretBasic(secret), {
      execute: [...http, ...execute],
    })
  }

  test.each(['fragment', 'form_post'])('the implicit flow by %s: an ID token that holds the name', async (mode) => {
    const config = await aClient('id_token', ['implicit'], oidc.useIdTokenResponseType)
    const [state, nonce] = [oidc.randomState(), oidc.randomNonce()]
    const asked = { redirect_uri: callback, scope: 'openid profile', state, nonce, response_mode: mode }
    const answer = await provider.person().authorize(oidc.buildAuthorizationUrl(config, asked))
    // A form's fields are handed over as the manual says: in the place of the fragment.
    if (mode === 'form_post') answer.hash = answer.search.slice(1)
    else expect(answer.search).toBe('')
    answer.search = ''
    const claims = await oidc.implicitAuthentication(config, answer, nonce, { expectedState: state })
    expect(claims).toMatchObject({ sub: provider.sub, name: provider.name })
    await expect(oidc.implicitAuthentication(config, answer, 'another', { expectedState: state })).rejects.toThrow()
  })

  test('the hybrid flow, with the hashes of code and state checked, signs in and refreshes', async () => {
    const config = await aClient(
      'code id_token',
      ['authorization_code', 'implicit', 'refresh_token'],
      oidc.useCodeIdTokenResponseType,
      oidc.enableDetachedSignatureResponseChecks,
    )
    const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()]
    const pkce = {
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }
    const asked = { redirect_uri: callback, scope: 'openid profile', state, nonce, ...pkce }
    const answer = await provider.person().authorize(oidc.buildAuthorizationUrl(config, asked))
    expect(answer.search).toBe('')
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }
    const tokens = await oidc.authorizationCodeGrant(config, answer, checks)
    const sub = tokens.claims()?.sub ?? ''
    expect(await oidc.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({ sub, name: provider.name })
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(await oidc.fetchUserInfo(config, fresh.access_token, sub)).toMatchObject({ sub })
  })
})
