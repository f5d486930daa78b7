import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { mostKeys, usableKeys } from '#core/clients/client-jwks.ts'
import { Rejection } from '#core/oauth/rejection.ts'
import { aRegistrant } from '#test/support/registrant.ts'
import { aKeyClient, aMacClient, aPair, askWith, assertionOf, macOf } from './support/assertions.ts'
import { list } from './support/list.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld({ flags: { 'registration.mode': 'open', 'registration.perAddress': '100000' } })
const { clients } = world.server
const known = await aKeyClient(world)

const rsa = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' })
const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' })
const good = aPair().jwk
const whole = aPair('RS256')

async function expectRefused(document: unknown, because: string): Promise<void> {
  const wishes = {
    name: 'x',
    grantTypes: ['client_credentials'],
    authenticationMethod: 'private_key_jwt',
    jwks: document,
  }
  await expect(clients.create(wishes, 'test'), because).rejects.toBeInstanceOf(Rejection)
  await expect(clients.update(known.id, { jwks: document }, 'test'), because).rejects.toBeInstanceOf(Rejection)
  const itself = { redirect_uris: ['https://x.test/cb'], token_endpoint_auth_method: 'private_key_jwt', jwks: document }
  const { status, json } = await aRegistrant(world.issuer).register(itself)
  const isTooLarge = JSON.stringify(itself).length > 64 * 1024
  const refusal = isTooLarge ? [413, 'invalid_request'] : [400, 'invalid_client_metadata']
  expect([status, json.error], because).toEqual(refusal)
}

const bad: readonly (readonly [string, object])[] = [
  ['RSA of 1024 bits', rsa(1024)],
  ['RSA of 2047 bits', rsa(2047)],
  ['RSA with the exponent 3', rsa(2048, 3)],
  ['RSA with the exponent 1', { ...whole.jwk, e: 'AQ' }],
  ['RSA without a modulus', { kty: 'RSA', e: 'AQAB' }],
  ['RSA with a modulus without end', { ...whole.jwk, n: 'A'.repeat(5000) }],
  ['secp256k1', curve('secp256k1')],
  ['P-224', { ...curve('P-256'), crv: 'P-224' }],
  ['a point that is not on its curve', { ...good, x: good.y }],
  ['a point with one coordinate', { ...good, y: undefined }],
  ['Ed448', generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' })],
  ['Ed25519 cut off', { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }],
  ['a secret', { kty: 'oct', k: 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0' }],
  ['an EC key as a secret', { ...good, kty: 'oct', k: 'AAAA' }],
  ['a private EC key', aPair().privateKey.export({ format: 'jwk' })],
  ['a private RSA key', whole.privateKey.export({ format: 'jwk' })],
  ['a private member alone', { ...whole.jwk, d: 'AQAB' }],
  ['a prime', { ...whole.jwk, p: 'AQAB' }],
  ['an empty private member', { ...whole.jwk, qi: '' }],
  ['a kind that is not known', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }],
  ['no kind', { crv: 'P-256', x: good.x, y: good.y }],
  ['a kind that is no text', { ...good, kty: ['EC'] }],
  ['a kid that is no text', { ...good, kid: 1 }],
  ['a kid without end', { ...good, kid: 'x'.repeat(3000) }],
  ['an algorithm that is no text', { ...good, alg: { a: 1 } }],
]

test.each(bad)(
  'D23 %s is not registered, alone or among good ones, and never used where a client publishes it',
  async (what, key) => {
    await expectRefused({ keys: [key] }, what)
    await expectRefused({ keys: [good, key] }, what)
    expect(usableKeys({ keys: [key, good] })).toEqual([good])
  },
)

test('D23 what is no JWKS is not registered', async () => {
  for (const document of [
    null,
    {},
    [],
    '',
    'x',
    1,
    { keys: {} },
    { keys: [] },
    { keys: 'x' },
    { keys: [null] },
    { keys: ['x'] },
    { keys: [[]] },
    good,
    [good],
  ]) {
    await expectRefused(document, JSON.stringify(document))
  }
  await expectRefused({ keys: [good, { ...aPair().jwk, kid: good.kid }] }, 'two keys with one kid')
  await expectRefused(undefined, 'no keys at all').catch(() => {})
})

test('D23 a thousand keys are neither registered nor looked through', async () => {
  const keys = Array.from({ length: 1000 }, (_, at) => ({ ...good, kid: String(at) }))
  await expectRefused({ keys }, '1000')
  await expectRefused({ keys: keys.slice(0, mostKeys + 1) }, String(mostKeys + 1))
  expect(usableKeys({ keys })).toEqual([])
  const most = await aKeyClient(world, aPair(), { jwks: { keys: keys.slice(0, mostKeys) } })
  expect((await world.server.stores.clients.find(most.id))?.jwks).toHaveLength(mostKeys)
})

test('D23 what is kept of a key is what it verifies with: nothing else that came with it', async () => {
  const pair = aPair()
  const more = { ...pair.jwk, x5u: 'https://evil.test/', x5c: ['AAAA'], key_ops: ['sign'], ext: true, '<b>': 'x' }
  const { id } = await aKeyClient(world, pair, { jwks: { keys: [more] } })
  expect((await world.server.stores.clients.find(id))?.jwks).toEqual([pair.jwk])
})

test('D23 keys by value and by address exclude each other, and private_key_jwt needs one of them', async () => {
  const own = { name: 'x', grantTypes: ['client_credentials'], authenticationMethod: 'private_key_jwt' }
  for (const wishes of [own, { ...own, jwks: { keys: [good] }, jwksUri: 'https://rp.test/keys' }]) {
    await expect(clients.create(wishes, 'test')).rejects.toBeInstanceOf(Rejection)
  }
  await expect(clients.update(known.id, { jwks: undefined }, 'test')).rejects.toBeInstanceOf(Rejection)
  await expect(
    clients.create({ ...own, jwks: { keys: [good] }, secret: 'x'.repeat(43) }, 'test'),
  ).rejects.toBeInstanceOf(Rejection)
  await expect(clients.rotateSecret(known.id, { overlap: 0 }, 'test')).rejects.toBeInstanceOf(Rejection)
  for (const alg of ['none', 'HS256', 'RS1', 'es256']) {
    await expect(clients.update(known.id, { tokenEndpointAuthSigningAlg: alg }, 'test'), alg).rejects.toBeInstanceOf(
      Rejection,
    )
  }
})

test('G01 an address that can never be asked is not kept', async () => {
  for (const uri of list(`
    http://rp.test/keys https://127.0.0.1/keys https://127.1/ https://2130706433/ https://0x7f.1/ https://0.0.0.0/ https://[::1]/
    https://[::ffff:127.0.0.1]/ https://10.0.0.1/ https://100.64.0.1/ https://169.254.169.254/latest https://[fd00::]/ https://localhost/
    https://x.localhost/ https://rp.test:22/ https://rp.test:5432/ https://rp.test:6379/ https://u:p@rp.test/ https://u@rp.test/ ftp://rp.test/
    file:///etc/passwd javascript:1 https://*.rp.test/ https://{host}/ rp.test
  `)) {
    await expect(aKeyClient(world, aPair(), { jwksUri: uri }), uri).rejects.toBeInstanceOf(Rejection)
    await expect(clients.update(known.id, { jwks: undefined, jwksUri: uri }, 'test'), uri).rejects.toBeInstanceOf(
      Rejection,
    )
  }
})

test('D12 how a client proves itself changes only to what it has', async () => {
  const m1 = await aMacClient(world)
  const pair = aPair()
  const { secret = '' } = await clients.rotateSecret(m1.id, { overlap: 0 }, 'test')
  world.keepSecret(secret)
  const change = (id: string, authenticationMethod: string) => clients.update(id, { authenticationMethod }, 'test')
  for (const [id, method] of [
    [world.c1.id, 'client_secret_jwt'],
    [known.id, 'client_secret_basic'],
    [known.id, 'client_secret_jwt'],
    [known.id, 'none'],
    [world.p1.id, 'private_key_jwt'],
    [world.p1.id, 'client_secret_jwt'],
    [world.c1.id, 'private_key_jwt'],
    [m1.id, 'none'],
  ] as const) {
    await expect(change(id, method), `${id} ${method}`).rejects.toBeInstanceOf(Rejection)
  }
  await change(m1.id, 'client_secret_post')
  expect(JSON.stringify(await world.server.stores.clients.find(m1.id))).not.toContain('sealed')
  await clients.update(m1.id, { authenticationMethod: 'private_key_jwt', jwks: { keys: [pair.jwk] } }, 'test')
  expect((await askWith(world, assertionOf(world, { ...m1, pair }))).status).toBe(200)
  expect(JSON.stringify(await world.server.stores.clients.find(m1.id))).not.toContain('hash')
})

test('D16 a secret that MACs are made with is kept sealed: for its client, under keys.secret, and nowhere in clear', async () => {
  const [m1, m2] = [await aMacClient(world), await aMacClient(world)]
  const [one, two] = [await world.server.stores.clients.find(m1.id), await world.server.stores.clients.find(m2.id)]
  for (const told of [one, two, await world.server.stores.audit.list({}), await clients.planUpdate(m1.id, {})]) {
    for (const { secret } of [m1, m2]) {
      expect(JSON.stringify(told)).not.toContain(secret)
      expect(JSON.stringify(told)).not.toContain(Buffer.from(secret).toString('base64url'))
    }
  }
  if (!one || !two) throw new Error('they are there')
  await world.server.stores.clients.put({ ...one, authentication: two.authentication })
  for (const { secret } of [m1, m2]) {
    // 503: that it does not open is no fault of the client's.
    expect((await askWith(world, macOf(world, { ...m1, secret }))).status).toBe(503)
  }
  expect((await askWith(world, macOf(world, m2))).status).toBe(200)
  world.check([503])
})
