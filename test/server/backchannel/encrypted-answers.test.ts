import { compactDecrypt, createRemoteJWKSet, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { getCode, redeem, refresh, signIn, userInfo } from '#test/security/support/steps.ts'
import { type KnownClient, theWorld } from '#test/security/support/world.ts'

const world = await theWorld()
const { server, issuer, u1 } = world
const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`))

/** A client's own key that others encrypt to: what it registers, and how it opens. */
async function aKey(alg: string, more: object = {}) {
  const crv = 'crv' in more ? { crv: String(more.crv) } : {}
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...crv })
  const kid = `to-${alg}`
  return { kid, jwk: { ...(await exportJWK(publicKey)), kid, use: 'enc' }, privateKey }
}

async function aClient(wishes: object): Promise<KnownClient> {
  const redirectUri = 'https://answers.test/cb'
  const own = {
    name: 'Answers',
    redirectUris: [redirectUri],
    scopes: ['openid', 'profile'],
    grantTypes: ['authorization_code', 'refresh_token'],
  }
  const { client, secret = '' } = await server.clients.create({ ...own, ...wishes }, 'test')
  return { id: client.id, secret, method: 'client_secret_basic', redirectUri }
}

const verify = (jwt: string, client: KnownClient) =>
  jwtVerify(jwt, keys, { issuer, audience: client.id, currentDate: server.clock.now() })

async function opened(jwe: string, privateKey: CryptoKey) {
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, privateKey)
  return { text: Buffer.from(plaintext).toString(), header: protectedHeader }
}

const pairs = [
  ['RSA-OAEP-256', 'A128CBC-HS256', {}],
  ['RSA-OAEP', 'A256GCM', {}],
  ['ECDH-ES', 'A128GCM', { crv: 'P-256' }],
  ['ECDH-ES+A128KW', 'A256CBC-HS512', { crv: 'P-521' }],
  ['ECDH-ES+A256KW', 'A256GCM', { crv: 'X25519' }],
] as const

describe.each(pairs)('with %s and %s', (alg, enc, more) => {
  test('an ID token is signed, then encrypted to the client', async () => {
    const { kid, jwk, privateKey } = await aKey(alg, more)
    const client = await aClient({ jwks: { keys: [jwk] }, idTokenEncryption: { alg, enc }, idTokenAlg: 'ES256' })
    const tokens = await signIn(world, { client })
    const again = await refresh(world, client, tokens.refresh)
    for (const jwe of [tokens.id, String(again.json.id_token)]) {
      const { text, header } = await opened(jwe, privateKey)
      expect(header).toMatchObject({ alg, enc, kid, cty: 'JWT' })
      const { payload, protectedHeader } = await verify(text, client)
      expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'JWT' })
      expect(payload).toMatchObject({ sub: u1.sub, sid: expect.any(String), at_hash: expect.any(String) })
    }
  })

  test('UserInfo is encrypted as it is, or signed before', async () => {
    const { jwk, privateKey } = await aKey(alg, more)
    const own = { jwks: { keys: [jwk] }, userInfoEncryption: { alg, enc } }
    const plain = await aClient(own)
    const signed = await aClient({ ...own, userInfoAlg: 'RS256' })
    const ask = async (client: KnownClient) => {
      const changes = { scope: 'openid profile' }
      return userInfo(world, (await signIn(world, { client, changes })).access)
    }
    const answer = await ask(plain)
    expect(answer.headers.get('content-type')).toBe('application/jwt')
    const bare = await opened(answer.text, privateKey)
    expect(JSON.parse(bare.text)).toMatchObject({ sub: u1.sub, name: `Name of ${u1.username}` })
    expect(bare.header.cty).toBeUndefined()
    const nested = await opened((await ask(signed)).text, privateKey)
    expect(nested.header.cty).toBe('JWT')
    expect((await verify(nested.text, signed)).payload).toMatchObject({ sub: u1.sub })
  })
})

test('UserInfo is signed where it is registered so, and can be taken for no token', async () => {
  const client = await aClient({ userInfoAlg: 'RS256' })
  const { access, person } = await signIn(world, { client, changes: { scope: 'openid profile' } })
  const answer = await userInfo(world, access)
  expect(answer.headers.get('content-type')).toBe('application/jwt')
  const { payload, protectedHeader } = await verify(answer.text, client)
  expect(protectedHeader).toEqual({ alg: 'RS256', kid: expect.any(String) })
  expect(payload).toMatchObject({ iss: issuer, aud: client.id, sub: u1.sub, name: `Name of ${u1.username}` })
  for (const name of ['exp', 'nonce', 'sid']) expect(payload).not.toHaveProperty(name)

  expect((await userInfo(world, answer.text)).status, 'as an access token').toBe(401)
  const url = new URL(`/authorize?prompt=none&id_token_hint=${answer.text}`, issuer)
  const asked = { response_type: 'code', client_id: client.id, redirect_uri: client.redirectUri, scope: 'openid' }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
  expect((await person.authorize(url)).searchParams.get('error'), 'as a hint').toBe('invalid_request')
})

test('a key that is missing is told before anything is used up', async () => {
  const { jwk, privateKey } = await aKey('ECDH-ES')
  const encryption = { alg: 'RSA-OAEP-256', enc: 'A128GCM' }
  const client = await aClient({ jwks: { keys: [jwk] } })
  const wishes = { idTokenEncryption: encryption, userInfoEncryption: encryption }
  const tokens = await signIn(world, { client })
  const granted = await getCode(world, { client, person: tokens.person })
  await server.clients.update(client.id, wishes, 'test')

  const refused = { status: 400, error: 'invalid_request' }
  const told = async (answer: Promise<{ status: number; json: Readonly<Record<string, unknown>> }>) => {
    const { status, json } = await answer
    expect(json.error_description).toBe('this client has no key that can be encrypted to with RSA-OAEP-256')
    return { status, error: json.error }
  }
  expect(await told(redeem(world, granted))).toEqual(refused)
  expect(await told(refresh(world, client, tokens.refresh))).toEqual(refused)
  expect(await told(userInfo(world, tokens.access))).toEqual(refused)

  const fit = { alg: 'ECDH-ES', enc: 'A128GCM' }
  await server.clients.update(client.id, { idTokenEncryption: fit, userInfoEncryption: fit }, 'test')
  const redeemed = await redeem(world, granted)
  const rotated = await refresh(world, client, tokens.refresh)
  for (const { status, json } of [redeemed, rotated]) {
    expect(status).toBe(200)
    expect((await opened(String(json.id_token), privateKey)).text).toMatch(/^eyJ/)
  }
})

test('a key that signs, or is for another algorithm, is not encrypted to', async () => {
  const { jwk } = await aKey('RSA-OAEP-256')
  for (const key of [
    { ...jwk, use: 'sig' },
    { ...jwk, alg: 'RSA-OAEP' },
    { ...jwk, alg: 'RS256' },
  ]) {
    const client = await aClient({ jwks: { keys: [key] } })
    const { access } = await signIn(world, { client })
    await server.clients.update(client.id, { userInfoEncryption: { alg: 'RSA-OAEP-256' } }, 'test')
    expect((await userInfo(world, access)).json.error).toBe('invalid_request')
  }
})

test('of several keys the first that fits is taken', async () => {
  const [one, two] = [await aKey('ECDH-ES'), await aKey('ECDH-ES')]
  const jwks = {
    keys: [
      { ...one.jwk, use: 'sig', kid: 'sig' },
      { ...one.jwk, kid: 'first' },
      { ...two.jwk, kid: 'second' },
    ],
  }
  const client = await aClient({ jwks, idTokenEncryption: { alg: 'ECDH-ES', enc: 'A128GCM' } })
  const { id } = await signIn(world, { client })
  expect(decodeProtectedHeader(id).kid).toBe('first')
})

test('discovery lists what can be asked for', async () => {
  const { json } = await world.send('/.well-known/openid-configuration')
  expect(json.userinfo_signing_alg_values_supported).toEqual(json.id_token_signing_alg_values_supported)
  for (const what of ['id_token', 'userinfo']) {
    expect(json[`${what}_encryption_alg_values_supported`]).toEqual(pairs.map(([alg]) => alg))
    expect(json[`${what}_encryption_enc_values_supported`]).toEqual(
      expect.arrayContaining(['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM']),
    )
  }
})
