import { afterAll, expect, test } from 'vitest'
import { anOutsideServer, aRawServer } from '#test/support/outside-servers.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'
import { aKeyClient, aPair, askWith, assertionOf, type Pair } from './support/assertions.ts'
import { encode } from './support/tokens.ts'
import { theWorld } from './support/world.ts'

/** A client's own site: what it publishes now, and how often it was asked. */
let published: readonly Pair[] = []
let status = 200
let type = 'application/jwk-set+json'
const site = await anOutsideServer((request, response) => {
  if (request.url === '/moved') return response.writeHead(302, { location: '/keys' }).end()
  return response
    .writeHead(status, { 'content-type': type })
    .end(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }))
})
const canary = await aRawServer((socket) => socket.destroy())
afterAll(() => Promise.all([site.close(), canary.close()]))

const world = await theWorld({ flags: { 'outbound.allow': `localhost:${site.port}`, 'throttle.perClient': '100000' } })
const { clock } = world.server
let seen = 0
let paths = 0

function visits(): number {
  const since = site.requests.length - seen
  seen = site.requests.length
  return since
}

/** A client with an address of its own, so that nobody has asked there before. */
function aSiteClient(pair: Pair) {
  return aKeyClient(world, pair, { jwksUri: `http://localhost:${site.port}/keys/${paths++}` })
}

test('a client is known by the keys that it publishes, and they are asked for once', async () => {
  const pair = aPair()
  published = [pair]
  const client = await aSiteClient(pair)
  for (let at = 0; at < 5; at++) expect((await askWith(world, assertionOf(world, client))).status).toBe(200)
  expect(visits()).toBe(1)
})

test('a client that changes its keys is known by the new one, and by the old one no more once that is gone', async () => {
  const [old, next] = [aPair(), aPair('PS256')]
  published = [old]
  const client = await aSiteClient(old)
  const asked = async (pair: Pair) => (await askWith(world, assertionOf(world, { ...client, pair }))).status
  expect(await asked(old)).toBe(200)
  published = [next]
  clock.move(31)
  expect(await asked(next)).toBe(200)
  expect(await asked(old)).toBe(401)
  expect(visits()).toBe(2)
})

test('G13 any number of unknown keys is one request every half minute, and a failure is not asked about again', async () => {
  const pair = aPair()
  published = [pair]
  const client = await aSiteClient(pair)
  expect((await askWith(world, assertionOf(world, client))).status).toBe(200)
  visits()
  const storm = async (count: number) => {
    const forged = (at: number) => assertionOf(world, client, { header: { kid: `unknown-${at}` } })
    const all = await Promise.all(Array.from({ length: count }, (_, at) => askWith(world, forged(at))))
    expect(new Set(all.map(({ status: one }) => one))).toEqual(new Set([401]))
  }
  await storm(60)
  expect(visits()).toBe(0)
  clock.move(31)
  await storm(60)
  expect(visits()).toBe(1)
  status = 500
  clock.move(31)
  await storm(20)
  expect(visits()).toBe(1)
  expect((await askWith(world, assertionOf(world, client))).status).toBe(200)
  await storm(20)
  expect(visits()).toBe(0)
  status = 200
})

test('a client whose keys cannot be read is not known, whatever the reason, and told the same', async () => {
  const pair = aPair()
  published = [pair]
  const said = new Set<unknown>()
  const expectUnreadable = async (uri: string) => {
    const client = await aKeyClient(world, pair, { jwksUri: uri })
    const answer = await askWith(world, assertionOf(world, client))
    expect(answer.status).toBe(401)
    said.add(answer.text)
  }
  const own = `http://localhost:${site.port}`
  await expectUnreadable(`${own}/moved`)
  for (const wrong of [404, 500, 201]) {
    status = wrong
    await expectUnreadable(`${own}/x${wrong}`)
  }
  status = 200
  type = 'text/html'
  await expectUnreadable(`${own}/type`)
  type = 'application/json'
  await expectUnreadable('https://rp.invalid/keys')
  expect(said.size).toBe(1)
  // The operator is told more than the client: where to, and why. Never the path, which may hold a secret.
  const noted = world.server.log.filter((line) => line.includes('outbound_failed'))
  expect(noted.join()).toContain(`"origin":"${own}","reason":"status"`)
  expect(noted.join()).not.toContain('/x404')
  await aKeyClient(world, pair, { jwksUri: `${own}/json` }).then(async (client) => {
    expect((await askWith(world, assertionOf(world, client))).status).toBe(200)
  })
})

test('a document that is no JWKS, or has too many keys, knows nobody', async () => {
  const pair = aPair()
  published = Array.from({ length: 21 }, () => pair)
  expect((await askWith(world, assertionOf(world, await aSiteClient(pair)))).status).toBe(401)
  published = []
  expect((await askWith(world, assertionOf(world, await aSiteClient(pair)))).status).toBe(401)
})

test('D04 a key that comes with the assertion is not looked at, and nobody is asked for one', async () => {
  const [honest, stranger] = [aPair(), aPair()]
  published = [honest]
  const client = await aKeyClient(world, honest)
  const canaryUrl = `http://localhost:${canary.port}/keys`
  visits()
  for (const header of [
    { jwk: stranger.jwk },
    { jwk: { ...stranger.jwk, kid: honest.jwk.kid } },
    { jwk: stranger.jwk, kid: undefined },
    { jku: canaryUrl },
    { jku: `http://localhost:${site.port}/keys`, kid: stranger.jwk.kid },
    { x5u: canaryUrl },
    { x5c: ['AAAA'] },
    { kid: canaryUrl },
    { crit: ['jwk'], jwk: stranger.jwk },
  ]) {
    const forged = assertionOf(world, client, { header, key: stranger.privateKey })
    expect((await askWith(world, forged)).status, JSON.stringify(header)).toBe(401)
  }
  for (const header of [
    { crit: ['b64'], b64: false },
    { b64: false },
    { b64: true },
    { crit: ['x'], x: 1 },
    { crit: [] },
  ]) {
    expect((await askWith(world, assertionOf(world, client, { header }))).status, JSON.stringify(header)).toBe(401)
  }
  // Beside the right signature such members are only ignored.
  const ignored = { jwk: stranger.jwk, jku: canaryUrl, x5u: canaryUrl }
  expect((await askWith(world, assertionOf(world, client, { header: ignored }))).status).toBe(200)
  expect([canary.connections(), visits()]).toEqual([0, 0])
})

test('D17 D21 nothing but an assertion is one: other types, encrypted, nested and oversized tokens', async () => {
  const client = await aKeyClient(world)
  for (const typ of ['at+jwt', 'logout+jwt', 'oauth-authz-req+jwt', 'dpop+jwt', 'JOSE', 'x', '', 1, null, {}]) {
    expect((await askWith(world, assertionOf(world, client, { header: { typ } }))).status, String(typ)).toBe(401)
  }
  const honest = assertionOf(world, client)
  const jwe = `${encode({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2 ** 31 - 1, p2s: 'AA' })}.AA.AA.AA.AA`
  for (const token of [
    jwe,
    `${honest}.`,
    `.${honest}`,
    `${honest}=`,
    ` ${honest}`,
    `${honest}\n`,
    honest.replaceAll('.', ' '),
    '..',
    'x'.repeat(50_000),
  ]) {
    const watch = aStopwatch()
    expect((await askWith(world, token)).status, token.slice(0, 20)).toBe(401)
    expect(watch.milliseconds()).toBeLessThan(500)
  }
  expect((await askWith(world, assertionOf(world, client, { claims: { x: 'x'.repeat(9000) } }))).status).toBe(401)
})

test('G06 the logo of a client is never fetched by the server', async () => {
  const logo = `http://localhost:${canary.port}/logo.png`
  await world.server.clients.update(
    world.c1.id,
    { logoUri: logo, policyUri: logo, tosUri: logo, clientUri: logo },
    'test',
  )
  const { authorizeUrl, signIn } = await import('./support/steps.ts')
  await world.send(authorizeUrl(world, world.c1))
  await signIn(world)
  expect(canary.connections()).toBe(0)
})
