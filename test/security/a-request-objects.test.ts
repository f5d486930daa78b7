import { describe, expect, test } from 'vitest'
import { expectErrorAt, expectLocalError } from './support/answers.ts'
import { aRequestingClient, asked, objectOf, requestUrl } from './support/request-objects.ts'
import { type Changes, cookiesOf, personOf, signIn } from './support/steps.ts'
import { type Claims, encode } from './support/tokens.ts'
import { type Answer, theWorld } from './support/world.ts'

const world = await theWorld()
const { server } = world
const client = await aRequestingClient(world)
const other = await aRequestingClient(world)
const outside = { redirect_uri: client.redirectUri, state: 'a-state' }

const send = (request: string, fields: Changes = {}) => world.send(requestUrl(world, client, { request, ...fields }))
const expectRefused = (answer: Answer) => expectErrorAt(world, client, answer, 'invalid_request_object')

/** Where an honest request leads a browser that nobody is signed in at. */
function expectTaken(answer: Answer, because = ''): void {
  expect(answer.status, because).toBe(303)
  expect(answer.location?.pathname, because).toBe('/login')
}

test('an honest request object is taken, so that what fails below fails for its own reason', async () => {
  expectTaken(await send(objectOf(world, client)))
  for (const typ of ['JWT', undefined]) expectTaken(await send(objectOf(world, client, { header: { typ } })))
  for (const aud of [undefined, [world.issuer], ['https://else.test', world.issuer]])
    expectTaken(await send(objectOf(world, client, { claims: { aud } })))
  expectTaken(await send(objectOf(world, client, { claims: { iss: undefined, exp: undefined, iat: undefined } })))
  expectTaken(await send(objectOf(world, client), { response_type: undefined, scope: undefined }), 'RFC 9101 §5')
})

test('its parameters are the request: numbers, truths and the object of claims as a form would bring them', async () => {
  const claims = { userinfo: { name: { essential: true } } }
  const person = personOf(world, world.u1)
  const request = objectOf(world, client, { claims: { max_age: 600, claims, prompt: 'consent' } })
  const answer = await person.authorize(requestUrl(world, client, { request }))
  expect(answer.searchParams.get('code')).toMatch(/^code_/)
  expect(answer.searchParams.get('state')).toBe('a-state')
})

describe('A19 nothing beside the object counts', () => {
  test('A19 values outside never override', async () => {
    const { person } = await signIn(world, { client })
    const headers = { cookie: cookiesOf(world, person) }
    const request = objectOf(world, client, { claims: { prompt: 'none', state: 'inside', scope: 'openid' } })
    const fields = {
      request,
      state: 'outside',
      prompt: 'login',
      redirect_uri: 'https://jar.test/other',
      scope: 'email',
    }
    const { location } = await world.send(requestUrl(world, client, fields), { headers })
    expect(location?.href.split('?')[0]).toBe(client.redirectUri)
    expect(location?.searchParams.get('code')).toMatch(/^code_/)
    expect(location?.searchParams.get('state')).toBe('inside')
  })

  test('A19 what stands outside alone is not there', async () => {
    const bare = objectOf(world, client, {
      claims: { state: undefined, redirect_uri: client.redirectUri, nonce: undefined },
    })
    const { location } = await send(bare, { prompt: 'none', state: 'outside', nonce: 'outside' })
    expect(location?.pathname, 'prompt=none stands outside').toBe('/login')
    expectLocalError(await send(objectOf(world, client, { claims: { redirect_uri: undefined } }), outside))
    const without = await send(objectOf(world, client, { claims: { response_type: undefined } }), {
      ...outside,
      response_type: undefined,
    })
    expect(without.location?.searchParams.get('error')).toBe('invalid_request')
  })

  test('A19 an outer response_type or client_id that is another one', async () => {
    expectRefused(await send(objectOf(world, client), { ...outside, response_type: 'code id_token' }))
    const theirs = requestUrl(world, other, { request: objectOf(world, client), ...outside })
    expectErrorAt(world, other, await world.send(theirs), 'invalid_request_object')
    const nobody = requestUrl(world, client, { request: objectOf(world, client), client_id: undefined, ...outside })
    expectLocalError(await world.send(nobody))
  })
})

/** Claims that make it somebody else's, for somebody else, of another time, or a riddle. A table. */
const faulty: readonly (readonly [string, Claims])[] = [
  ['iss of another client', { iss: other.id }],
  ['iss of ours', { iss: world.issuer }],
  ['aud of another', { aud: 'https://op.evil.test' }],
  ['aud with a slash', { aud: `${world.issuer}/` }],
  ['aud of the endpoint', { aud: `${world.issuer}/authorize` }],
  ['aud as an object', { aud: { [world.issuer]: true } }],
  ['aud empty', { aud: [] }],
  ['aud null', { aud: null }],
  ['no client_id', { client_id: undefined }],
  ['client_id of another', { client_id: other.id }],
  ['expired', { exp: 1 }],
  ['exp that is a text', { exp: '9999999999' }],
  ['exp that is null', { exp: null }],
  ['of tomorrow', { nbf: 9_999_999_999 }],
  ['issued tomorrow', { iat: 9_999_999_999 }],
  ['request inside', { request: 'x' }],
  ['request_uri inside', { request_uri: 'https://jar.test/r' }],
  ['a sub', { sub: client.id }],
  ['a list as a parameter', { scope: ['openid'] }],
  ['an object as a parameter', { state: { a: 1 } }],
  ['null as a parameter', { nonce: null }],
]

test.each(faulty)('A19 %s', async (_what, claims) => {
  expectRefused(await send(objectOf(world, client, { claims }), outside))
  const page = await send(objectOf(world, client, { claims }))
  expectLocalError(page, 'nowhere to send it')
  expect(page.text).toContain('invalid_request_object')
})

test('A19 an object is of its time, give or take half a minute', async () => {
  const now = Math.floor(server.clock.now().getTime() / 1000)
  expectTaken(await send(objectOf(world, client, { claims: { exp: now - 29, nbf: now + 29 } })))
  expectRefused(await send(objectOf(world, client, { claims: { exp: now - 30 } }), outside))
  expectRefused(await send(objectOf(world, client, { claims: { nbf: now + 31 } }), outside))
})

test('A19 both at once, and a registration on the fly', async () => {
  const both = { request: objectOf(world, client), request_uri: 'https://jar.test/r', ...outside }
  expectErrorAt(world, client, await world.send(requestUrl(world, client, both)), 'invalid_request')
  const registration = '{"redirect_uris":["https://evil.test"]}'
  const inside = objectOf(world, client, { claims: { registration } })
  expectErrorAt(world, client, await send(inside), 'registration_not_supported')
})

test('A19 a refusal goes nowhere that is not registered', async () => {
  const request = objectOf(world, client, { claims: { redirect_uri: 'https://evil.test/cb' } })
  expectLocalError(await send(request))
  expectLocalError(await send('x', { redirect_uri: 'https://evil.test/cb' }))
  expectLocalError(await send(`${encode({ alg: 'none' })}.${encode(asked(client))}.`))
})
