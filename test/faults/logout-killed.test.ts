import { afterAll, expect, test } from 'vitest'
import { later, systemClock } from '#core/clock.ts'
import { openStores } from '#stores/open.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import { aClient, aFamily, aSession } from '#test/stores/durable/samples.ts'
import { testClock } from '#test/support/clock.ts'
import { aLogoutReceiver } from '#test/support/logout-receiver.ts'
import { aServer } from '#test/support/server.ts'
import { aServeHome, signetJson, startServe } from './support/serve-process.ts'

const home = await aServeHome({ 'outbound.allow': 'localhost' })
let isAnswering = false
const app = await aLogoutReceiver((response) => isAnswering && response.writeHead(200).end())
afterAll(async () => {
  await app.close()
  home.forget()
})

/** A person who is signed in at the app. */
async function signIn(): Promise<void> {
  await migrate(home.config.database.url)
  const stores = await openStores(home.config, systemClock)
  const life = { createdAt: systemClock.now(), expiresAt: later(systemClock.now(), 3600) }
  await stores.clients.begin(aClient({ backchannelLogout: { uri: app.uri, sessionRequired: true } }))
  await stores.facts.beginSession(aSession({ ...life, id: 'ses_1' }))
  await stores.facts.beginFamily(aFamily({ ...life, sessionId: 'ses_1' }))
  await stores.close()
}

test('a server that is killed while it tells an app leaves a notice that is delivered later', async () => {
  await signIn()
  const server = await startServe(home)
  await signetJson(home, ['sessions', 'revoke', 'ses_1', '--yes'])
  await expect.poll(() => app.bodies.length, { timeout: 15_000 }).toBe(1)
  server.kill('SIGKILL')
  await server.ended
  const listed = await signetJson(home, ['logouts', 'list', '--client', 'shop'])
  expect(listed).toMatchObject([{ session: 'ses_1', state: 'waiting', attempts: 1 }])

  isAnswering = true
  const clock = testClock()
  clock.move(10)
  const env = { SIGNET_KEYS_SECRET: home.secret }
  const next = await aServer({ stores: 'real', flags: home.settings, env, clock })
  await next.sendLogouts()
  expect(app.bodies).toHaveLength(2)
  expect(await next.stores.notices.list({ most: 9 })).toMatchObject([{ sid: 'ses_1', attempts: 2, nextAt: undefined }])
  await next.close()
}, 60_000)
