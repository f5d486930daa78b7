import { afterAll, expect, test } from 'vitest'
import { anOutsideServer, aRawServer } from '#test/support/outside-servers.ts'
import { expectErrorAt, expectLocalError } from './support/answers.ts'
import { aPair } from './support/assertions.ts'
import { aRequestingClient, objectOf, type RequestingClient, requestUrl } from './support/request-objects.ts'
import { type Answer, theWorld } from './support/world.ts'

/** A client's own site: what it serves now. */
let served = ''
let status = 200
let type = 'application/oauth-authz-req+jwt'
const site = await anOutsideServer((request, response) => {
  if (request.url === '/moved') return response.writeHead(302, { location: '/request/1' }).end()
  return response.writeHead(status, { 'content-type': type }).end(served)
})
const canary = await aRawServer((socket) => socket.destroy())
afterAll(() => Promise.all([site.close(), canary.close()]))

const world = await theWorld({ flags: { 'outbound.allow': `localhost:${site.port}` } })
const { clock } = world.server
const base = `http://localhost:${site.port}`
const pair = aPair()
let paths = 0

/** A client with an address of its own, so that nobody has asked there before; and that address. */
async function aSiteClient(fragment = '', path = `/request/${++paths}`) {
  const uri = `${base}${path}${fragment}`
  return { uri, client: await aRequestingClient(world, pair, { requestUris: [uri] }) }
}

const send = (client: RequestingClient, request_uri: string): Promise<Answer> =>
  world.send(requestUrl(world, client, { request_uri, redirect_uri: client.redirectUri, state: 'a-state' }))

async function expectTaken(client: RequestingClient, uri: string): Promise<void> {
  expect((await send(client, uri)).location?.pathname).toBe('/login')
}

async function expectNone(client: RequestingClient, uri: string, code = 'invalid_request_uri'): Promise<void> {
  expectErrorAt(world, client, await send(client, uri), code)
}

test('a registered address is asked, by every media type of a JWT', async () => {
  for (type of ['application/oauth-authz-req+jwt', 'application/jwt', 'application/jwt;charset=UTF-8']) {
    const { client, uri } = await aSiteClient()
    served = `${objectOf(world, client)}\n`
    await expectTaken(client, uri)
  }
  type = 'application/oauth-authz-req+jwt'
})

test('a fragment is never sent, no hash of what lies there, and tells no address from another', async () => {
  const { client, uri } = await aSiteClient('#not-the-hash-of-anything')
  served = objectOf(world, client)
  await expectTaken(client, uri)
  expect(site.requests.at(-1)?.url).toBe(`/request/${paths}`)
  await expectTaken(client, uri.replace(/#.*/, '#another'))
  await expectTaken(client, uri.replace(/#.*/, ''))
})

test('G04 only what is registered for that very client is asked', async () => {
  const mine = await aSiteClient()
  const theirs = await aSiteClient()
  served = objectOf(world, mine.client)
  const before = site.connections()
  for (const uri of [
    theirs.uri,
    `${mine.uri}/`,
    `${mine.uri}?x`,
    mine.uri.toUpperCase(),
    mine.uri.replace('localhost', 'localhost.'),
    mine.uri.replace('http://', 'http://x@'),
    `${mine.uri}\n`,
    `http://127.0.0.1:${canary.port}/`,
    'http://169.254.169.254/latest/meta-data/',
    'urn:ietf:params:oauth:request_uri:x',
    'file:///etc/passwd',
    'data:application/jwt,x',
    '#',
  ])
    await expectNone(mine.client, uri)
  expect(site.connections()).toBe(before)
  expect(canary.connections()).toBe(0)
})

test('G04 an address within our own network cannot even be registered', async () => {
  for (const uri of [`https://localhost:${canary.port}/r`, 'https://169.254.169.254/r', 'https://10.0.0.1/r'])
    await expect(aRequestingClient(world, pair, { requestUris: [uri] })).rejects.toMatchObject({ code: 'policy' })
  expect(canary.connections()).toBe(0)
})

test('G04 no redirect is followed, and what is no request object is none', async () => {
  const moved = await aSiteClient('', '/moved')
  const before = site.requests.length
  await expectNone(moved.client, moved.uri)
  expect(site.requests.length).toBe(before + 1)
  for (const [code, said] of [
    [404, 'application/jwt'],
    [200, 'text/html'],
    [200, 'application/json'],
  ] as const) {
    ;[status, type] = [code, said]
    const { client, uri } = await aSiteClient()
    served = objectOf(world, client)
    await expectNone(client, uri)
  }
  ;[status, type] = [200, 'application/jwt']
})

test('A19 what lies at an address is held to every rule', async () => {
  const mine = await aSiteClient()
  const theirs = await aSiteClient()
  for (const made of [
    '',
    'x'.repeat(40_000),
    '<html></html>',
    objectOf(world, theirs.client),
    objectOf(world, mine.client, { key: aPair().privateKey }),
    objectOf(world, mine.client, { claims: { request_uri: mine.uri } }),
    objectOf(world, mine.client, { claims: { aud: 'https://op.evil.test' } }),
  ]) {
    served = made
    clock.move(2)
    await expectNone(mine.client, mine.uri, 'invalid_request_object')
  }
  expectLocalError(await world.send(requestUrl(world, mine.client, { request_uri: mine.uri })))
})

test('a request object is news after a second, and stands in for a minute while its server fails', async () => {
  const { client, uri } = await aSiteClient()
  served = objectOf(world, client)
  const before = site.requests.length
  for (let n = 0; n < 5; n++) await expectTaken(client, uri)
  expect(site.requests.length).toBe(before + 1)
  served = objectOf(world, client, { claims: { redirect_uri: 'https://jar.test/other' } })
  clock.move(2)
  await expectTaken(client, uri)
  expect(site.requests.length).toBe(before + 2)
  status = 500
  clock.move(55)
  await expectTaken(client, uri)
  clock.move(10)
  await expectNone(client, uri)
  status = 200
})
