import { createPublicKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { aKeyClient, aMacClient, aPair, ask, askWith, assertionOf, assertionType, macOf } from './support/assertions.ts'
import { basic, introspect, parameters } from './support/steps.ts'
import { encode } from './support/tokens.ts'
import { type Answer, theWorld } from './support/world.ts'

/** So many wrong proofs are sent that the throttle would answer. */
const world = await theWorld({ flags: { 'throttle.perClient': '100000' } })
const { c1, c2, p1, server } = world
const k1 = await aKeyClient(world)
const m1 = await aMacClient(world)

function expectNobody(answer: Answer, because: string): void {
  expectJsonError(answer, 401, 'invalid_client', because)
}

test('an honest assertion is taken, so that what fails below fails for its own reason', async () => {
  expect((await askWith(world, assertionOf(world, k1))).status).toBe(200)
  expect((await askWith(world, macOf(world, m1))).status).toBe(200)
  expect((await askWith(world, assertionOf(world, k1), { client_id: k1.id })).status).toBe(200)
  for (const typ of ['JWT', 'client-authentication+jwt', undefined]) {
    expect((await askWith(world, assertionOf(world, k1, { header: { typ } }))).status).toBe(200)
  }
})

test.each(['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
  'a key of %s proves its client',
  async (alg) => {
    const client = await aKeyClient(world, aPair(alg))
    expect((await askWith(world, assertionOf(world, client))).status).toBe(200)
    expect((await askWith(world, assertionOf(world, client, { header: { kid: undefined } }))).status).toBe(200)
  },
)

test('assertions prove a client at introspection and revocation, too', async () => {
  const answer = await askWith(world, assertionOf(world, k1))
  const token = String(answer.json.access_token)
  const proof = (assertion: string) => ({ client_assertion_type: assertionType, client_assertion: assertion })
  const post = (path: string, assertion: string) =>
    world.send(path, { method: 'POST', body: parameters({ token, ...proof(assertion) }) })
  expect((await post('/introspect', assertionOf(world, k1))).json.active).toBe(true)
  const used = assertionOf(world, k1)
  expect((await post('/revoke', used)).status).toBe(200)
  expectNobody(await post('/introspect', used), 'used at another endpoint')
  expect((await post('/introspect', assertionOf(world, k1))).json.active).toBe(false)
  expect((await introspect(world, world.rs1.client, token)).json.active).toBe(false)
})

test('discovery says what is taken', async () => {
  const { json } = await world.send('/.well-known/openid-configuration')
  for (const endpoint of ['token', 'introspection', 'revocation']) {
    expect(json[`${endpoint}_endpoint_auth_methods_supported`]).toEqual(
      expect.arrayContaining(['private_key_jwt', 'client_secret_jwt']),
    )
    const algs = json[`${endpoint}_endpoint_auth_signing_alg_values_supported`]
    expect(algs).toEqual(['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'HS256'])
  }
})

test('D01 no algorithm is no signature, however it is spelled', async () => {
  for (const alg of [
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    ' none',
    'none\u0000',
    null,
    undefined,
    [],
    {},
    0,
    'ES256 ',
    'es256',
  ]) {
    for (const [client, made] of [
      [k1, assertionOf(world, k1)],
      [m1, macOf(world, m1)],
    ] as const) {
      const [header = '', claims = '', signature = ''] = made.split('.')
      const forged = encode({ ...JSON.parse(Buffer.from(header, 'base64url').toString()), alg })
      for (const tail of ['', signature, 'AA']) {
        expectNobody(await askWith(world, `${forged}.${claims}.${tail}`), `${client.id} ${JSON.stringify(alg)}`)
      }
      expectNobody(await askWith(world, `${forged}.${claims}`), 'two parts')
    }
  }
})

test('D02 a public key is no secret, and a secret no key: the method decides the kind of algorithm', async () => {
  const rsa = await aKeyClient(world, aPair('RS256'))
  for (const client of [rsa, k1]) {
    const key = createPublicKey({ key: client.pair.jwk, format: 'jwk' })
    const pem = key.export({ type: 'spki', format: 'pem' }).toString()
    for (const secret of [
      pem,
      pem.trim(),
      JSON.stringify(client.pair.jwk),
      client.pair.jwk.n ?? client.pair.jwk.x ?? '',
      ' ',
    ]) {
      for (const alg of ['HS256', 'HS384', 'HS512']) {
        for (const kid of [client.pair.jwk.kid, undefined]) {
          const forged = assertionOf(world, client, { header: { alg, kid }, key: secret })
          expectNobody(await askWith(world, forged), `${alg} with the public key`)
        }
      }
    }
  }
  for (const alg of ['ES256', 'RS256', 'EdDSA']) {
    const pair = aPair(alg)
    const forged = assertionOf(world, { ...m1, pair }, { header: { jwk: pair.jwk } })
    expectNobody(await askWith(world, forged), `${alg} of a client with a secret`)
  }
  for (const alg of ['HS384', 'HS512', 'HS1']) {
    expectNobody(await askWith(world, macOf(world, m1, { header: { alg } })), alg)
  }
})

test('D02 the algorithm is the one of the key, and the one that the client registered', async () => {
  const pair = aPair('RS256')
  const any = await aKeyClient(world, pair)
  const pinned = await aKeyClient(world, pair, { tokenEndpointAuthSigningAlg: 'PS256' })
  const ownAlg = await aKeyClient(world, { ...pair, jwk: { ...pair.jwk, alg: 'PS256' } })
  const forEncryption = await aKeyClient(world, { ...pair, jwk: { ...pair.jwk, use: 'enc' } })
  const asked = async (client: typeof any, alg: string) =>
    (await askWith(world, assertionOf(world, { ...client, pair: { ...pair, alg } }))).status
  expect([await asked(any, 'RS256'), await asked(any, 'PS256')]).toEqual([200, 200])
  expect([await asked(pinned, 'RS256'), await asked(pinned, 'PS256')]).toEqual([401, 200])
  expect([await asked(ownAlg, 'RS256'), await asked(ownAlg, 'PS256')]).toEqual([401, 200])
  expect([await asked(forEncryption, 'RS256'), await asked(forEncryption, 'PS256')]).toEqual([401, 401])
  for (const alg of ['RS384', 'RS512', 'PS512', 'RS1']) expect(await asked(any, alg), alg).toBe(401)
  const mixed = assertionOf(world, k1, { header: { alg: 'ES384' } })
  expectNobody(await askWith(world, mixed), 'P-256 as ES384')
})

test('D02 another key, another client’s key, and a signature of other words are not right', async () => {
  const other = await aKeyClient(world)
  expectNobody(await askWith(world, assertionOf(world, k1, { key: aPair().privateKey })), 'a stranger’s key')
  expectNobody(await askWith(world, assertionOf(world, k1, { key: other.pair.privateKey })), 'another client’s key')
  expectNobody(await askWith(world, assertionOf(world, { ...k1, pair: other.pair })), 'another client’s kid')
  const [header, , signature] = assertionOf(world, k1).split('.')
  const [, claims] = assertionOf(world, k1).split('.')
  expectNobody(await askWith(world, `${header}.${claims}.${signature}`), 'other claims')
  expectNobody(await askWith(world, macOf(world, m1, { key: `${m1.secret}x` })), 'another secret')
  expectNobody(await askWith(world, macOf(world, m1, { key: c1.secret })), 'another client’s secret')
})

test('D02 two keys that fit need a kid to choose', async () => {
  const [one, two] = [aPair('ES256', 'one'), aPair('ES256', 'two')]
  const client = await aKeyClient(world, one, { jwks: { keys: [one.jwk, two.jwk] } })
  for (const pair of [one, two]) {
    expect((await askWith(world, assertionOf(world, { ...client, pair }))).status).toBe(200)
    expectNobody(
      await askWith(world, assertionOf(world, { ...client, pair }, { header: { kid: undefined } })),
      'no kid',
    )
  }
  for (const kid of ['three', '', 'One', '__proto__', "' OR 1=1 --", '../one', null, 1, ['one'], { a: 1 }]) {
    expectNobody(await askWith(world, assertionOf(world, client, { header: { kid } })), JSON.stringify(kid))
  }
})

test('D03 an assertion beside another proof proves nothing, were both right', async () => {
  const assertion = () => ({ client_assertion_type: assertionType, client_assertion: assertionOf(world, k1) })
  for (const [what, fields, authorization] of [
    ['basic beside it', assertion(), basic(c1.id, c1.secret)],
    ['its own id by basic', assertion(), basic(k1.id, 'x')],
    ['a bearer token beside it', assertion(), 'Bearer abc'],
    ['a secret beside it', { ...assertion(), client_secret: 'x' }],
    ['another client by form', { ...assertion(), client_id: c2.id, client_secret: c2.secret }],
    ['no type', { client_assertion: assertionOf(world, k1) }],
    ['an empty type', { client_assertion: assertionOf(world, k1), client_assertion_type: '' }],
    [
      'another type',
      { ...assertion(), client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
    ],
    ['no assertion', { client_assertion_type: assertionType, client_id: k1.id }],
    [
      'an unsigned one and a right secret',
      {
        ...assertion(),
        client_assertion: `${encode({ alg: 'none' })}.${encode({ iss: c2.id, sub: c2.id })}.`,
        client_id: c2.id,
        client_secret: c2.secret,
      },
    ],
  ] as const) {
    expectNobody(await ask(world, fields, authorization), what)
  }
  const twice = {
    client_assertion_type: assertionType,
    client_assertion: [assertionOf(world, k1), assertionOf(world, k1)],
  }
  expectJsonError(await ask(world, twice), 400, 'invalid_request')
})

test('D12 a client of assertions has no other way, and others do not have this one', async () => {
  for (const client of [k1, m1]) {
    const secret = client.secret || 'x'
    expectNobody(await ask(world, { client_id: client.id }), 'by name alone')
    expectNobody(await ask(world, { client_id: client.id, client_secret: secret }), 'in the form')
    expectNobody(await ask(world, { client_id: client.id, client_secret: '' }), 'with an empty secret')
    expectNobody(await ask(world, {}, basic(client.id, secret)), 'by header')
    expectNobody(await ask(world, {}, basic(client.id, '')), 'by header without a secret')
  }
  for (const client of [c1, c2, p1]) {
    const pair = aPair()
    const forged = assertionOf(world, { id: client.id, pair, secret: '' })
    const mac = macOf(world, { id: client.id, pair: { ...pair, alg: 'HS256' }, secret: client.secret || 'x' })
    for (const assertion of [forged, mac]) expectNobody(await askWith(world, assertion), client.id)
  }
  expectNobody(
    await askWith(world, macOf(world, { ...k1, pair: { ...k1.pair, alg: 'HS256' }, secret: 'x'.repeat(43) })),
    'k1 by MAC',
  )
})

test('D12 what is changed holds at once: another key, no key, disabled', async () => {
  const client = await aKeyClient(world)
  const next = aPair()
  await server.clients.update(client.id, { jwks: { keys: [next.jwk] } }, 'test')
  expectNobody(await askWith(world, assertionOf(world, client)), 'the key before')
  expect((await askWith(world, assertionOf(world, { ...client, pair: next }))).status).toBe(200)
  await server.clients.disable(client.id, 'test')
  const kept = assertionOf(world, { ...client, pair: next })
  expectNobody(await askWith(world, kept), 'disabled')
  await server.clients.enable(client.id, 'test')
  expect((await askWith(world, kept)).status).toBe(200)
})
