import { afterAll, beforeEach, expect, test } from 'vitest'
import { aFamily, aSession } from '#test/stores/durable/samples.ts'
import { aLogoutReceiver, type LogoutReceiver } from '#test/support/logout-receiver.ts'
import { anOutsideServer, aRawServer } from '#test/support/outside-servers.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'
import { theWorld } from './support/world.ts'

/** How far beyond its pause each attempt is put off, in turn. */
const chances: number[] = []
const chance = () => chances.shift() ?? 0
const world = await theWorld({ flags: { 'outbound.allow': 'localhost,127.0.0.1' }, chance })
const { server, u1 } = world
const { stores, clock } = server
const canary = await aRawServer((socket) => socket.destroy())
const slow = await aRawServer(() => {})
const good = await aLogoutReceiver()
const down = await anOutsideServer(() => {})
await down.close()
const opened: LogoutReceiver[] = []
afterAll(() => Promise.all([canary, slow, good, ...opened].map((one) => one.close())))
beforeEach(() => void good.bodies.splice(0))

let count = 0

/** A session of the person that has reached these clients, as it ends. */
async function endSession(...clientIds: string[]): Promise<void> {
  const [sid, userId, createdAt] = [`ses_${++count}`, u1.sub, clock.now()]
  const life = { createdAt, expiresAt: new Date(createdAt.getTime() + 3_600_000) }
  await stores.facts.beginSession(aSession({ ...life, id: sid, userId }))
  for (const clientId of clientIds)
    await stores.facts.beginFamily(aFamily({ ...life, id: `${sid} ${clientId}`, clientId, userId, sessionId: sid }))
  await server.endings.session(sid, 'signed_out')
}

/** Registers a client that is told at this address. */
async function aClient(uri: string): Promise<string> {
  const id = `app_${++count}`
  await server.clients.create({ id, name: id, redirectUris: ['https://a.test/cb'], scopes: ['openid'] }, 'test')
  const client = await stores.clients.find(id)
  // As it would be where the address was fine when it was saved.
  if (client) await stores.clients.put({ ...client, backchannelLogout: { uri, sessionRequired: false } })
  return id
}

async function answering(status: number, headers = {}): Promise<LogoutReceiver> {
  const receiver = await aLogoutReceiver((response) => response.writeHead(status, headers).end())
  opened.push(receiver)
  return receiver
}

const noticesOf = (clientId: string) => stores.notices.list({ clientId, most: 10 })

test.for([200, 204])('G07 %i is a delivery, and nothing is sent again', async (status) => {
  const app = await answering(status)
  const id = await aClient(app.uri)
  await endSession(id)
  for (let round = 0; round < 3; round++) {
    await server.sendLogouts()
    clock.move(3600)
  }
  expect(app.bodies).toHaveLength(1)
  expect(await noticesOf(id)).toMatchObject([{ deliveredAt: expect.any(Date), failure: undefined, nextAt: undefined }])
})

test('G07 an app that was away is not asked by all that it missed at the same moment', async () => {
  const app = await answering(500)
  const id = await aClient(app.uri)
  const begun = clock.now().getTime()
  for (let n = 0; n < 2; n++) await endSession(id)
  chances.push(0, 1)
  await server.sendLogouts()
  const pauses = (await noticesOf(id)).map(({ nextAt }) => Math.floor(((nextAt?.getTime() ?? 0) - begun) / 10) / 100)
  expect(pauses.toSorted((one, other) => one - other)).toEqual([5, 6.25])
  await server.clients.disable(id, 'test')
})

test('G07 400 is a refusal: it is recorded, and not tried again', async () => {
  const app = await answering(400)
  const id = await aClient(app.uri)
  await endSession(id)
  for (let round = 0; round < 3; round++) {
    await server.sendLogouts()
    clock.move(3600)
  }
  expect(app.bodies).toHaveLength(1)
  expect(await noticesOf(id)).toMatchObject([{ failure: 'status 400', nextAt: undefined, deliveredAt: undefined }])
})

test('G07 a failing app is tried again, ever later, for a day and no longer', async () => {
  const app = await answering(500)
  const id = await aClient(app.uri)
  await endSession(id)
  const before = clock.now().getTime()
  const tried: number[] = []
  for (let second = 0; second < 100_000 && app.bodies.length < 40; ) {
    const seen = app.bodies.length
    await server.sendLogouts()
    if (app.bodies.length > seen) tried.push(Math.round((clock.now().getTime() - before) / 1000))
    const [notice] = await noticesOf(id)
    if (!notice?.nextAt) break
    const step = Math.max(1, (notice.nextAt.getTime() - clock.now().getTime()) / 1000)
    clock.move(step)
    second += step
  }
  const pauses = tried.map((at, n) => at - (tried[n - 1] ?? 0))
  expect(pauses.slice(1, 6).map((pause) => Math.round(pause / 5))).toEqual([1, 2, 4, 8, 16])
  expect(Math.max(...pauses)).toBeLessThan(3700)
  expect(tried.at(-1)).toBeGreaterThan(80_000)
  expect(tried.at(-1)).toBeLessThanOrEqual(86_400)
  expect(await noticesOf(id)).toMatchObject([{ failure: 'status 500', nextAt: undefined, deliveredAt: undefined }])
})

test('G07 an app that comes back is told then, with a token of then', async () => {
  let status = 503
  const app = await aLogoutReceiver((response) => response.writeHead(status).end())
  opened.push(app)
  const id = await aClient(app.uri)
  await endSession(id)
  await server.sendLogouts()
  status = 200
  clock.move(10)
  await server.sendLogouts()
  expect(new Set(app.tokens()).size).toBe(2)
  expect(await noticesOf(id)).toMatchObject([{ deliveredAt: expect.any(Date), attempts: 2 }])
})

test.for([
  ['a redirecting app', () => answering(302, { location: `http://localhost:${canary.port}/` }), 'status 302'],
  ['an address that became private', async () => ({ uri: `https://127.0.0.2:${canary.port}/` }), 'unwelcome: '],
  ['http where no operator named the host', async () => ({ uri: 'http://app.test/' }), 'unwelcome: only https'],
  ['an app that is not there', async () => ({ uri: `http://localhost:${down.port}/` }), 'unreachable: '],
] as const)('G07 %s is told nothing, and the operator is told why', async ([, address, failure]) => {
  const id = await aClient((await address()).uri)
  await endSession(id)
  await server.sendLogouts()
  expect(await noticesOf(id)).toMatchObject([{ failure: expect.stringContaining(failure), deliveredAt: undefined }])
  expect(canary.connections()).toBe(0)
})

test('G07 a client that was disabled, or is told no more, gets nothing', async () => {
  const app = await answering(200)
  const id = await aClient(app.uri)
  await endSession(id)
  await server.clients.disable(id, 'test')
  await server.sendLogouts()
  expect(app.bodies).toEqual([])
  expect(await noticesOf(id)).toMatchObject([{ nextAt: undefined, failure: expect.stringContaining('disabled') }])
})

test('G07 nine slow apps with many notices do not hold up a quick one, nor the end of a session', async () => {
  const slowOnes = await Promise.all(Array.from({ length: 9 }, () => aClient(`http://127.0.0.1:${slow.port}/`)))
  const quick = await aClient(good.uri)
  for (let n = 0; n < 10; n++) await endSession(...slowOnes)
  const watch = aStopwatch()
  const sending = [server.sendLogouts()]
  await endSession(quick)
  sending.push(server.sendLogouts())
  await expect.poll(() => good.bodies.length).toBe(1)
  expect(watch.milliseconds()).toBeLessThan(1500)
  await Promise.all(sending)
  expect(slow.connections()).toBeLessThanOrEqual(18)
})

test('G07 the end of a session that has reached a thousand apps is quick, and all are told, few at a time', async () => {
  let open = 0
  let most = 0
  const busy = await aLogoutReceiver((response) => {
    most = Math.max(most, ++open)
    setImmediate(() => {
      open--
      response.writeHead(200).end()
    })
  })
  opened.push(busy)
  const ids = await Promise.all(Array.from({ length: 1000 }, () => aClient(busy.uri)))
  const watch = aStopwatch()
  await endSession(...ids)
  expect(watch.milliseconds()).toBeLessThan(2000)
  for (let round = 0; round < 400 && busy.bodies.length < 1000; round++) await server.sendLogouts()
  expect(busy.bodies).toHaveLength(1000)
  expect(most).toBeLessThanOrEqual(64)
})
