import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { expectErrorAt } from './support/answers.ts'
import { aPair } from './support/assertions.ts'
import { expectCheap } from './support/cpu-time.ts'
import { encrypted, keyToUs } from './support/encrypted.ts'
import { aRequestingClient, objectOf, requestUrl } from './support/request-objects.ts'
import { authorizeUrl, cookiesOf, signIn } from './support/steps.ts'
import { encode } from './support/tokens.ts'
import { type Answer, theWorld } from './support/world.ts'

const world = await theWorld({ flags: { 'keys.encryptionAlgs': 'RSA-OAEP-256,ECDH-ES' } })
const client = await aRequestingClient(world)
const outside = { redirect_uri: client.redirectUri, state: 'a-state' }
const rsa = await keyToUs(world, 'RSA')
const ec = await keyToUs(world, 'EC')

const send = (request: string): Promise<Answer> => world.send(requestUrl(world, client, { request, ...outside }))
const expectRefused = (answer: Answer) => expectErrorAt(world, client, answer, 'invalid_request_object')

function expectTaken(answer: Answer): void {
  expect(answer.location?.pathname).toBe('/login')
}

const algs = ['RSA-OAEP-256', 'RSA-OAEP', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW']
const encs = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM']
const plain = { alg: 'ECDH-ES', enc: 'A128GCM' }
const keyFor = (alg: string) => (alg.startsWith('RSA') ? rsa : ec)

test('discovery says what is opened, and only where there are keys for it', async () => {
  const { json } = await world.send('/.well-known/openid-configuration')
  expect(json.request_object_encryption_alg_values_supported).toEqual(algs)
  expect(json.request_object_encryption_enc_values_supported).toEqual(encs)
})

describe.each(algs)('a request object encrypted by %s', (alg) => {
  test.each(encs)('and %s', async (enc) => {
    const request = await encrypted(objectOf(world, client), keyFor(alg), { alg, enc, cty: 'JWT' })
    expectTaken(await send(request))
    const { kid: _kid, ...nameless } = keyFor(alg)
    expectTaken(await send(await encrypted(objectOf(world, client), nameless, { alg, enc })))
  })
})

test('what is encrypted is not signed by that: anybody can encrypt to us', async () => {
  const header = { alg: 'ECDH-ES', enc: 'A256GCM' }
  const [, payload = ''] = objectOf(world, client).split('.')
  const inside = [
    Buffer.from(payload, 'base64url').toString(),
    `${encode({ alg: 'none' })}.${payload}.`,
    objectOf(world, client, { key: aPair().privateKey }),
    '',
  ]
  for (const text of inside) expectRefused(await send(await encrypted(text, ec, header)))
})

test('what is encrypted to somebody else, or was touched on the way, is not opened', async () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  const header = { alg: 'ECDH-ES', enc: 'A128GCM' }
  const text = objectOf(world, client)
  expectRefused(await send(await encrypted(text, { ...other, kid: ec.kid }, header)))
  expectRefused(await send(await encrypted(text, { ...ec, kid: 'unknown' }, header)))
  expectRefused(await send(await encrypted(text, { ...ec, kid: rsa.kid }, header)))
  const parts = (await encrypted(text, ec, header)).split('.')
  for (const at of [0, 2, 3, 4]) {
    const touched = parts.with(at, `${parts[at]?.startsWith('A') ? 'B' : 'A'}${parts[at]?.slice(1)}`)
    expectRefused(await send(touched.join('.')))
  }
  const zero = { kty: 'EC', crv: 'P-256', x: encode(0), y: encode(0) }
  const epk = encode({ ...header, kid: ec.kid, epk: zero })
  expectRefused(await send(parts.with(0, epk).join('.')))
})

describe('D17 what would cost much is refused by its header', () => {
  const text = objectOf(world, client)
  const part = (length: number) => randomBytes(length).toString('base64url')
  const made = (header: object) => [encode(header), part(40), part(16), part(64), part(16)].join('.')

  test.each([
    ['PBES2 with 2^31 rounds', { alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2s: 'c2FsdHNhbHQ', p2c: 2 ** 31 }],
    ['PBES2 with few', { alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2s: 'c2FsdHNhbHQ', p2c: 1000 }],
    ['dir', { alg: 'dir', enc: 'A256GCM' }],
    ['a key that two sides know', { alg: 'A256KW', enc: 'A256GCM' }],
    ['RSA1_5', { alg: 'RSA1_5', enc: 'A128CBC-HS256' }],
    ['an extension', { alg: 'ECDH-ES', enc: 'A128GCM', crit: ['x'], x: 1 }],
    ['an enc that is none', { alg: 'ECDH-ES', enc: 'none' }],
  ])('D17 %s', async (_what, header) => {
    const ask = async () => expectRefused(await send(made({ kid: ec.kid, ...header })))
    await expectCheap(ask, 'refused by its header', 20)
  })

  test('D17 what is compressed is not unfolded, a bomb or not', async () => {
    const zipped = { alg: 'ECDH-ES', enc: 'A256GCM', zip: 'DEF' }
    expectRefused(await send(await encrypted(text, ec, zipped)))
    const bomb = await encrypted('0'.repeat(6_000_000), ec, zipped)
    const before = process.memoryUsage().rss
    expectRefused(await send(bomb))
    expect(process.memoryUsage().rss - before).toBeLessThan(5_000_000)
  })

  test('D17 of many envelopes one is opened', async () => {
    let nested = text
    while (nested.length < 20_000) nested = await encrypted(nested, ec, plain)
    const body = new URLSearchParams({ client_id: client.id, response_type: 'code', ...outside, request: nested })
    const ask = async () => expectRefused(await world.send('/authorize', { method: 'POST', body }))
    await expectCheap(ask, 'one is opened', 20)
    expectRefused(await send(await encrypted(await encrypted(text, ec, plain), ec, plain)))
  })
})

describe('A23 an encrypted hint', () => {
  test('A23 is read where it is encrypted to us, and speaks for nobody more than what is in it', async () => {
    const mine = await signIn(world)
    const theirs = await signIn(world, { user: world.u2 })
    const headers = { cookie: cookiesOf(world, mine.person) }
    const ask = async (hint: string) =>
      world.send(authorizeUrl(world, world.c1, { prompt: 'none', id_token_hint: hint }), { headers })
    expect((await ask(await encrypted(mine.id, rsa, { alg: 'RSA-OAEP-256', enc: 'A128GCM' }))).location?.href).toMatch(
      /code=code_/,
    )
    expectErrorAt(world, world.c1, await ask(await encrypted(theirs.id, ec, plain)), 'login_required')
    const [, claims = ''] = mine.id.split('.')
    const unsigned = `${encode({ alg: 'none', typ: 'JWT' })}.${claims}.`
    for (const inside of [unsigned, mine.access, Buffer.from(claims, 'base64url').toString(), 'x'])
      expectErrorAt(world, world.c1, await ask(await encrypted(inside, ec, plain)), 'invalid_request')
    const toThem = await encrypted(mine.id, aPair('ES256').jwk as never, plain)
    expectErrorAt(world, world.c1, await ask(toThem), 'invalid_request')
  })
})
