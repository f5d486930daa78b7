import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aProvider, type Provider } from '#test/support/provider.ts'

const callback = 'http://localhost:4199/callback'
const goodbye = 'http://localhost:4199/goodbye'

describe('openid-client', () => {
  let provider: Provider
  let config: oidc.Configuration

  beforeAll(async () => {
    provider = await aProvider()
    const { id, secret } = await provider.client({
      redirectUris: [callback],
      postLogoutRedirectUris: [goodbye],
      scopes: ['openid', 'profile', 'notes:read'],
    })
    config = await oidc.discovery(new URL(provider.issuer), id, undefined, oidc.ClientSecretBasic(secret), {
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    })
  })
  afterAll(() => provider.close())

  async function signIn(extra: Record<string, string>) {
    const person = provider.person()
    const verifier = oidc.randomPKCECodeVerifier()
    const state = oidc.randomState()
    const nonce = oidc.randomNonce()
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...extra,
    })
    const answer = await person.authorize(url)
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }
    return { person, tokens: await oidc.authorizationCodeGrant(config, answer, checks) }
  }

  test('signs in, asks UserInfo, refreshes, and signs out', async () => {
    const { person, tokens } = await signIn({ scope: 'openid profile' })
    const sub = tokens.claims()?.sub ?? ''

    expect(await oidc.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({ sub, name: provider.name })

    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(fresh.access_token).not.toBe(tokens.access_token)
    expect(await oidc.fetchUserInfo(config, fresh.access_token, sub)).toMatchObject({ sub })

    const idTokenHint = fresh.id_token ?? tokens.id_token ?? ''
    const end = oidc.buildEndSessionUrl(config, { id_token_hint: idTokenHint, post_logout_redirect_uri: goodbye })
    const left = await person.follow(end)
    expect(left.url.href).toBe(goodbye)

    await expect(oidc.refreshTokenGrant(config, fresh.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  test('gets a token for the API, sees it active, revokes it, and sees it dead', async () => {
    const { tokens } = await signIn({ scope: 'openid notes:read', resource: provider.api })

    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      active: true,
      aud: provider.api,
    })
    await oidc.tokenRevocation(config, tokens.access_token)
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false })
  })

  test('is told when the person says no', async () => {
    const person = provider.person()
    const state = oidc.randomState()
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope: 'openid',
      state,
      prompt: 'consent',
    })
    const left = await person.deny(await person.signIn(await person.browser.open(url)))

    const answer = oidc.authorizationCodeGrant(config, left.url, { expectedState: state })
    await expect(answer).rejects.toMatchObject({ error: 'access_denied' })
  })
})
