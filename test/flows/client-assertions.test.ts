import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { exportJWK } from 'jose'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { afterAll, expect, test } from 'vitest'
import { aServer } from '#test/support/server.ts'

const server = await aServer()
afterAll(() => server.close())
const issuer = new URL(server.issuer)
const own = { name: 'Stranger', grantTypes: ['client_credentials'], scopes: ['photos:read'] }
await server.apis.create({ audience: 'https://photos.test', scopes: new Map([['photos:read', 'See photos']]) }, 'test')
const insecure = { execute: [client.allowInsecureRequests] }

/** A key as these libraries take it, and the client that is registered with it. */
async function aKeyClient() {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }
  const made = await server.clients.create(
    { ...own, authenticationMethod: 'private_key_jwt', jwks: { keys: [jwk] } },
    'test',
  )
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const secret = await exportJWK(privateKey)
  const key = await crypto.subtle.importKey('jwk', { ...secret }, algorithm, false, ['sign'])
  return { id: made.client.id, key: { key, kid: 'one' } }
}

test('openid-client proves itself by a key of its own, and by a MAC', async () => {
  const { id, key } = await aKeyClient()
  const byKey = await client.discovery(issuer, id, undefined, client.PrivateKeyJwt(key), insecure)
  for (let at = 0; at < 3; at++) {
    const tokens = await client.clientCredentialsGrant(byKey, { scope: 'photos:read' })
    expect(tokens.token_type).toBe('bearer')
    expect((await client.tokenIntrospection(byKey, tokens.access_token)).active).toBe(true)
    await client.tokenRevocation(byKey, tokens.access_token)
  }
  const mac = await server.clients.create({ ...own, authenticationMethod: 'client_secret_jwt' }, 'test')
  const bySecret = await client.discovery(
    issuer,
    mac.client.id,
    undefined,
    client.ClientSecretJwt(mac.secret),
    insecure,
  )
  expect((await client.clientCredentialsGrant(bySecret, { scope: 'photos:read' })).expires_in).toBeGreaterThan(0)
})

test('oauth4webapi proves itself by a key of its own', async () => {
  const { id, key } = await aKeyClient()
  const options = { [oauth.allowInsecureRequests]: true }
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
  const proof = oauth.PrivateKeyJwt(key)
  const parameters = new URLSearchParams({ scope: 'photos:read' })
  const response = await oauth.clientCredentialsGrantRequest(as, { client_id: id }, proof, parameters, options)
  const tokens = await oauth.processClientCredentialsResponse(as, { client_id: id }, response)
  expect(tokens.access_token).not.toBe('')
})
