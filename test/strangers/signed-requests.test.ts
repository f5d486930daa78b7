import { exportJWK, generateKeyPair } from 'jose'
import * as oidc from 'openid-client'
import { expect, onTestFinished, test } from 'vitest'
import { aPerson } from '#test/support/person.ts'
import { aServer } from '#test/support/server.ts'

const callback = 'http://localhost:4199/callback'
const username = 'ada'
const password = 'correct-horse-battery'

/** A client that signs what it asks and reads what only it can read, as its library does all of that. */
async function aStranger() {
  const server = await aServer()
  onTestFinished(() => server.close())
  const { sub } = await server.users.create({ username, claims: { name: 'Ada Lovelace' } }, password, 'test')
  const signing = await generateKeyPair('ES256')
  const opening = await generateKeyPair('ECDH-ES+A256KW')
  const encryption = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM' }
  const wishes = {
    name: 'A stranger',
    redirectUris: [callback],
    scopes: ['openid', 'profile'],
    authenticationMethod: 'private_key_jwt',
    jwks: {
      keys: [
        { ...(await exportJWK(signing.publicKey)), kid: 'signs', use: 'sig' },
        { ...(await exportJWK(opening.publicKey)), kid: 'opens', use: 'enc' },
      ],
    },
    requestObjectAlg: 'ES256',
    idTokenEncryption: encryption,
    userInfoAlg: 'RS256',
    userInfoEncryption: encryption,
  }
  const { client } = await server.clients.create(wishes, 'test')
  const key = { key: signing.privateKey, kid: 'signs' }
  const config = await oidc.discovery(new URL(server.issuer), client.id, undefined, oidc.PrivateKeyJwt(key), {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  })
  oidc.enableDecryptingResponses(config, ['A256GCM'], { key: opening.privateKey, kid: 'opens', alg: encryption.alg })
  return { config, key, sub, person: aPerson({ issuer: server.issuer, username, password, knows: [] }) }
}

test('openid-client signs its request, and reads an encrypted ID token and UserInfo', async () => {
  const { config, key, sub, person } = await aStranger()
  const verifier = oidc.randomPKCECodeVerifier()
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()]
  const asked = {
    redirect_uri: callback,
    scope: 'openid profile',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }
  const url = await oidc.buildAuthorizationUrlWithJAR(config, asked, key)
  expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request'])

  const answer = await person.authorize(url)
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }
  const tokens = await oidc.authorizationCodeGrant(config, answer, checks)
  expect(tokens.claims()?.sub).toBe(sub)
  const info = await oidc.fetchUserInfo(config, tokens.access_token, sub)
  expect(info).toMatchObject({ sub, name: 'Ada Lovelace' })
})
