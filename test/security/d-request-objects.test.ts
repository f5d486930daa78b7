import { describe, expect, test } from 'vitest'
import { expectErrorAt } from './support/answers.ts'
import { aMacClient, aPair, assertionOf, macOf } from './support/assertions.ts'
import { aRequestingClient, asked, objectOf, requestUrl } from './support/request-objects.ts'
import { authorizeUrl, signIn } from './support/steps.ts'
import { encode } from './support/tokens.ts'
import { type Answer, theWorld } from './support/world.ts'

const world = await theWorld()
const { c1 } = world
const client = await aRequestingClient(world)
const other = await aRequestingClient(world)
const outside = { redirect_uri: client.redirectUri, state: 'a-state' }

const send = (request: string) => world.send(requestUrl(world, client, { request, ...outside }))
const expectRefused = (answer: Answer) => expectErrorAt(world, client, answer, 'invalid_request_object')

function expectTaken(answer: Answer, because = ''): void {
  expect(answer.location?.pathname, because).toBe('/login')
}

test('an honest request object is taken, so that what fails below fails for its own reason', async () => {
  expectTaken(await send(objectOf(world, client)))
})

describe('D01 an object without a signature', () => {
  test.each(['none', 'None', 'NONE', 'nOnE', '', ' none', null, undefined, [], {}, 0, 'es256'])(
    'alg %j',
    async (alg) => {
      const [, payload = '', signature = ''] = objectOf(world, client).split('.')
      const header = encode({ alg, typ: 'oauth-authz-req+jwt' })
      for (const made of [`${header}.${payload}.`, `${header}.${payload}`, `${header}.${payload}.${signature}`])
        expectRefused(await send(made))
    },
  )

  test('and texts that are no JWT at all', async () => {
    const signed = objectOf(world, client)
    for (const made of ['x', '..', 'a.b.c', 'a.b.c.d.e', '{}', 'null', `${signed}=`, `${signed} `, `${signed}\n`])
      expectRefused(await send(made))
    const [header = '', payload = ''] = signed.split('.')
    expectRefused(await send(`${header}.${payload}.${objectOf(world, other).split('.')[2]}`))
  })

  test('a client without keys of its own cannot have signed one', async () => {
    const request = objectOf(world, { ...client, id: c1.id, redirectUri: c1.redirectUri })
    const url = authorizeUrl(world, c1, { request })
    expectErrorAt(world, c1, await world.send(url), 'invalid_request_object')
  })

  test('a public client is held to its keys, too', async () => {
    const pair = aPair()
    const open = await aRequestingClient(world, pair, { authenticationMethod: 'none' })
    expectTaken(await world.send(requestUrl(world, open, { request: objectOf(world, open) })))
    const forged = objectOf(world, { ...open, pair: aPair('ES256', pair.jwk.kid) })
    const url = requestUrl(world, open, { request: forged, redirect_uri: open.redirectUri, state: 'a-state' })
    expectErrorAt(world, open, await world.send(url), 'invalid_request_object')
  })
})

describe('D02 the algorithm is the client’s, not the header’s', () => {
  test('a MAC with what everybody can see', async () => {
    const { jwk } = client.pair
    const texts = [JSON.stringify(jwk), client.id, '', JSON.stringify({ keys: [jwk] })]
    for (const alg of ['HS256', 'HS384', 'HS512'])
      for (const key of [...texts, client.secret])
        expectRefused(await send(objectOf(world, client, { header: { alg, kid: undefined }, key })))
  })

  test('a MAC counts where the secret is known for it', async () => {
    const mac = await aMacClient(world, {
      redirectUris: [client.redirectUri],
      scopes: ['openid'],
      grantTypes: ['authorization_code'],
    })
    const known = { ...mac, method: 'none', redirectUri: client.redirectUri } as const
    const claims = { sub: undefined, jti: undefined, ...asked(known) }
    const url = (request: string) => requestUrl(world, known, { request, ...outside })
    expectTaken(await world.send(url(macOf(world, mac, { claims }))))
    expectErrorAt(
      world,
      known,
      await world.send(url(macOf(world, mac, { claims, key: 'x' }))),
      'invalid_request_object',
    )
  })

  test('a pinned algorithm is the only one', async () => {
    const pair = aPair('RS256')
    const pinned = await aRequestingClient(world, pair, { requestObjectAlg: 'PS256' })
    const sendAs = (alg: string) =>
      world.send(requestUrl(world, pinned, { request: objectOf(world, pinned, { header: { alg } }), ...outside }))
    expectTaken(await sendAs('PS256'))
    expectErrorAt(world, pinned, await sendAs('RS256'), 'invalid_request_object')
  })
})

test('D04 a key that the header brings is not looked at', async () => {
  const mine = aPair()
  for (const header of [
    { jwk: mine.jwk },
    { jku: 'https://evil.test/keys' },
    { x5u: 'https://evil.test/cert' },
    { x5c: ['MIIB'] },
    { jwk: mine.jwk, kid: undefined },
  ]) {
    const forged = objectOf(world, client, { header, key: mine.privateKey })
    expectRefused(await send(forged))
    expectTaken(await send(objectOf(world, client, { header })), 'and does no harm')
  }
  expectRefused(await send(objectOf(world, client, { header: { crit: ['exp'], exp: 1 } })))
  expectRefused(await send(objectOf(world, client, { header: { kid: 'another' } })))
})

describe('D21 one kind of token is not taken for another', () => {
  test('a client assertion, and whatever else the client may have signed, is no request', async () => {
    const claims = { ...asked(client) }
    expectRefused(await send(assertionOf(world, client)))
    expectRefused(await send(assertionOf(world, client, { claims })))
    for (const typ of [
      'client-authentication+jwt',
      'at+jwt',
      'logout+jwt',
      'dpop+jwt',
      'application/jwt',
      'x',
      1,
      null,
    ])
      expectRefused(await send(objectOf(world, client, { header: { typ } })))
  })

  test('what we signed is no request', async () => {
    const tokens = await signIn(world, { client })
    for (const made of [tokens.id, tokens.access, tokens.refresh]) expectRefused(await send(made))
  })

  test('a request object proves no client', async () => {
    const keyed = await aRequestingClient(world, aPair(), { authenticationMethod: 'private_key_jwt' })
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    for (const typ of ['oauth-authz-req+jwt', 'JWT']) {
      const made = objectOf(world, keyed, { header: { typ }, claims: { jti: `one of ${typ}` } })
      const body = new URLSearchParams({ client_assertion_type: type, client_assertion: made, token: 'x' })
      const answer = await world.send('/revoke', { method: 'POST', body })
      expect({ status: answer.status, error: answer.json.error }).toEqual({ status: 401, error: 'invalid_client' })
    }
  })
})
