import { afterEach, describe, expect, test } from 'vitest'
import { aPair } from '#test/security/support/assertions.ts'
import { aRegistrant, plainDocument } from '#test/support/registrant.ts'
import { aSecureServer } from '#test/support/secure-server.ts'
import { aServer, type ServerOptions, type TestServer } from '#test/support/server.ts'

const opened: TestServer[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

type Flags = NonNullable<ServerOptions['flags']>

/** A server at which anybody registers, as its settings are; and what it says of itself. */
async function start(flags: Flags, isSecure = false) {
  const all = { 'registration.mode': 'open', 'registration.perAddress': '1000', ...flags }
  const server = await (isSecure ? aSecureServer : aServer)({ flags: all })
  opened.push(server)
  const answer = await fetch(`${server.issuer}/.well-known/openid-configuration`)
  const metadata = (await answer.json()) as { readonly [name: string]: readonly string[] | undefined }
  return { ...aRegistrant(server.issuer), metadata, server }
}

const jwks = { keys: [aPair('ES256').jwk, aPair('RS256').jwk] }
const named: { readonly [value: string]: object } = { tls_client_auth: { tls_client_auth_san_dns: 'rp.example' } }

/** Of all values of a member, those with which a client can be registered; the others are refused in its name. */
async function takenOf(started: Awaited<ReturnType<typeof start>>, member: string, values: readonly string[]) {
  const taken: string[] = []
  for (const value of values) {
    const { status, json } = await started.register({ ...plainDocument, jwks, ...named[value], [member]: value })
    if (status === 201) taken.push(value)
    else {
      expect([status, json.error]).toEqual([400, 'invalid_client_metadata'])
      expect(json.error_description).toContain(value)
    }
  }
  return taken.toSorted()
}

const methods = [
  ...['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'],
  ...['tls_client_auth', 'self_signed_tls_client_auth', 'none', 'telepathy'],
]
const proxy = { 'listen.trustProxy': '192.0.2.1', 'listen.tls.proxyCertificateHeader': 'client-cert' }

describe('whoever registers is taken at the word of discovery', () => {
  test.each<readonly [string, Flags, boolean, readonly string[]]>([
    ['no certificate of a client comes', {}, false, []],
    ['a port asks for certificates, of authorities', {}, true, ['self_signed_tls_client_auth', 'tls_client_auth']],
    ['a proxy hands them over', proxy, false, ['self_signed_tls_client_auth']],
    [
      'a proxy hands them over and verifies them',
      { ...proxy, 'listen.tls.proxyVerifiedHeader': 'client-verify' },
      false,
      ['self_signed_tls_client_auth', 'tls_client_auth'],
    ],
  ])('how clients prove themselves: %s', async (_where, flags, isSecure, byCertificate) => {
    const started = await start(flags, isSecure)
    const listed = started.metadata.token_endpoint_auth_methods_supported ?? []
    expect(listed.filter((method) => method.includes('tls')).toSorted()).toEqual(byCertificate)
    expect(await takenOf(started, 'token_endpoint_auth_method', methods)).toEqual(listed.toSorted())
  })

  const algs = [
    ...['RSA-OAEP-256', 'RSA-OAEP', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'],
    ...['RSA1_5', 'dir', 'A128KW', 'PBES2-HS256+A128KW'],
  ]
  test.each(['', 'ECDH-ES', 'RSA-OAEP-256', 'RSA-OAEP-256,ECDH-ES'])(
    'what request objects are encrypted with, with keys for [%s]',
    async (keys) => {
      const started = await start(keys === '' ? {} : { 'keys.encryptionAlgs': keys })
      const listed = started.metadata.request_object_encryption_alg_values_supported ?? []
      expect(await takenOf(started, 'request_object_encryption_alg', algs)).toEqual(listed.toSorted())
    },
  )

  test.each(['id_token', 'userinfo'])('what %s is encrypted with', async (what) => {
    const started = await start({})
    const listed = started.metadata[`${what}_encryption_alg_values_supported`] ?? []
    expect(await takenOf(started, `${what}_encrypted_response_alg`, algs)).toEqual(listed.toSorted())
  })

  test.each(['id_token', 'userinfo'])('what %s is signed with', async (what) => {
    const started = await start({})
    const listed = started.metadata[`${what}_signing_alg_values_supported`] ?? []
    const known = ['ES256', 'RS256', 'PS256', 'EdDSA', 'HS256', 'none']
    expect(await takenOf(started, `${what}_signed_response_alg`, known)).toEqual(listed.toSorted())
  })
})

test('a registration that is changed is held to the same', async () => {
  const { register, ask } = await start({})
  const { json } = await register(plainDocument)
  const more = [
    { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks },
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'rp.example' },
    { request_object_encryption_alg: 'ECDH-ES' },
  ]
  for (const each of more) {
    const changed = await ask(json, 'PUT', { ...plainDocument, client_id: json.client_id, ...each })
    expect([changed.status, changed.json.error]).toEqual([400, 'invalid_client_metadata'])
  }
  expect((await ask(json, 'GET')).json).not.toHaveProperty('request_object_encryption_alg')
})

test('an operator is told what to set for request objects that come encrypted', async () => {
  const { server } = await start({})
  const wishes = { name: 'x', redirectUris: ['https://rp.example/cb'], requestObjectEncryption: { alg: 'ECDH-ES' } }
  await expect(server.clients.create(wishes, 'test')).rejects.toThrow('see keys.encryptionAlgs')
})
