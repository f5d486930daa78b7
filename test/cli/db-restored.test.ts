import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '#config/load.ts'
import { systemClock } from '#core/clock.ts'
import { type OpenStores, openStores } from '#stores/open.ts'
import { type PrivateRedis, startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { aMachine, type Shape } from './machine.ts'

/** Commands on a machine whose database is backed up, moved on, and restored. */
async function aRestoredMachine(settings: { readonly [name: string]: string }) {
  const machine = await aMachine()
  const given = (input?: string) => ({ env: settings, ...(input === undefined ? {} : { input }) })
  const json = (...args: string[]) => machine.json<Shape>(args, given())
  const [data, backup] = [join(machine.folder, 'data'), join(machine.folder, 'backup')]
  const person = ['users', 'create', '--username', 'ada', '--password-stdin']
  await machine.json(person, given('a quiet river at dusk'))
  const client = await json('clients', 'create', '--name', 'App', '--grant', 'client_credentials', '--scope', 'read')
  cpSync(data, backup, { recursive: true })
  await json('sessions', 'revoke', '--user', 'ada', '--yes')
  await json('sessions', 'revoke', '--user', 'ada', '--yes')
  await json('sessions', 'revoke', '--client', String(client.client_id), '--yes')
  for (const _ of [1, 2, 3]) await json('sessions', 'revoke', '--everyone', '--yes')
  for (const end of ['', '-wal', '-shm']) rmSync(join(data, `signet.db${end}`), { force: true })
  cpSync(join(backup, 'signet.db'), join(data, 'signet.db'))

  async function look<T>(at: (stores: OpenStores) => Promise<T>): Promise<T> {
    const config = loadConfig({ flags: {}, env: { ...machine.env, ...settings }, mode: 'cli' })
    const stores = await openStores(config, systemClock)
    try {
      await expect.poll(() => stores.checkFast().then(() => true), { timeout: 20_000 }).toBe(true)
      return await at(stores)
    } finally {
      await stores.close()
    }
  }
  /** Whether what is handed out now would be in force. */
  const isInForce = () =>
    look(async ({ users, clients, revocations }) => {
      const [user] = (await users.listPage('', 1)).records
      const [app] = (await clients.listPage('', 1)).records
      const everything = await revocations.everything()
      const versions = { user: user?.tokenVersion ?? 0, client: app?.tokenVersion ?? 0, everything }
      const none = { jti: undefined, familyId: undefined, sessionId: undefined }
      return !(await revocations.has({ ...none, userId: user?.sub, clientId: app?.id ?? '', versions }))
    })
  return { machine, json, settings, look, isInForce }
}

type Restored = Awaited<ReturnType<typeof aRestoredMachine>>

const noRedis = whyNoPrivateRedis()
if (noRedis) console.warn(`a restored database over Redis is not tested: ${noRedis}`)

describe.each([
  { store: 'the embedded store', isThere: true },
  { store: 'Redis', isThere: noRedis === undefined },
])('a database restored from a backup, over $store', ({ store, isThere }) => {
  let redis: PrivateRedis | undefined
  let world: Restored
  beforeAll(async () => {
    if (!isThere) return
    if (store === 'Redis') redis = await startPrivateRedis()
    world = await aRestoredMachine(redis ? { REDIS_URL: redis.url } : {})
  })
  afterAll(async () => {
    world?.machine.remove()
    await redis?.stop()
  })

  test.skipIf(!isThere)('is told only with a word: typed, or --yes', async () => {
    const asked = await world.machine.signet(['db', 'restored'], { env: world.settings })
    expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('--end-everything is safe')])
    expect(await world.isInForce()).toBe(false)
  })

  test.skipIf(!isThere)(
    'lets people sign in again whose ends it has forgotten, and ends everything where asked',
    async () => {
      const restored = await world.json('db', 'restored', '--yes')
      expect(restored).toEqual({ restored: true, endsEverything: false, raised: 2 })
      expect(await world.isInForce()).toBe(true)
      const before = await world.look(({ revocations }) => revocations.everything())

      const ended = await world.json('db', 'restored', '--end-everything', '--yes')
      expect(ended).toEqual({ restored: true, endsEverything: true, raised: 0 })
      expect(await world.look(({ revocations }) => revocations.everything())).toBeGreaterThan(before)
      expect(await world.isInForce()).toBe(true)
      const events = await world.machine.json<Shape[]>(['audit', 'list'], { env: world.settings })
      expect(events.slice(-3).map(({ event }) => event)).toEqual([
        'database.restored',
        'everything.revoked',
        'database.restored',
      ])
    },
  )
})
