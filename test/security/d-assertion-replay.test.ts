import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { freePorts } from '#test/support/free-ports.ts'
import { aServer } from '#test/support/server.ts'
import { expectJsonError } from './support/answers.ts'
import { aKeyClient, aMacClient, askWith, assertionOf, macOf } from './support/assertions.ts'
import { faultyStores } from './support/faulty-stores.ts'
import { describeHomes } from './support/homes.ts'
import { aWorld, type World } from './support/world.ts'

/** Another machine of the same provider, told apart by its port alone. */
async function anotherNode(world: World, folder: string): Promise<World> {
  const [port = 0] = await freePorts(1)
  const folders = { 'data.directory': join(folder, 'data'), 'keys.directory': join(folder, 'keys') }
  const address = { issuer: world.issuer, 'listen.port': String(port), 'listen.hosts': `localhost:${port}` }
  const server = await aServer({
    stores: 'real',
    clock: world.server.clock,
    flags: { ...folders, ...address },
  })
  onTestFinished(() => server.close())
  const send: World['send'] = (path, init) => world.send(new URL(String(path), `http://localhost:${port}`), init)
  return { ...world, send }
}

describeHomes('assertions are used once', (home) => {
  let world: World
  beforeAll(async () => {
    world = await home().move()
  })
  afterAll(() => world.close())

  test('D07 of a hundred at once, on two machines, one is the first', { timeout: 60_000 }, async () => {
    // A world with a Redis has two machines that take turns already.
    const other = 'redis.url' in home().flags ? world : await anotherNode(world, home().folder)
    const [k1, m1] = [await aKeyClient(world), await aMacClient(world)]
    for (const assertion of [assertionOf(world, k1), macOf(world, m1)]) {
      const all = await Promise.all(
        Array.from({ length: 100 }, (_, at) => askWith(at % 2 === 0 ? world : other, assertion)),
      )
      expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
      // A machine that is busy with other things may be late for some of them: 503, and never a second success.
      expect(all.filter(({ status }) => ![200, 401, 503].includes(status))).toEqual([])
      expectJsonError(await askWith(other, assertion), 401, 'invalid_client')
    }
    world.check([503])
  })

  test('D08 what was used stays used after everything was killed, until its age alone refuses it', async () => {
    const k1 = await aKeyClient(world)
    const assertion = assertionOf(world, k1)
    expect((await askWith(world, assertion)).status).toBe(200)
    world = await home().restart(world)
    const said = async () => (await askWith(world, assertion)).json.error_description
    const used = 'the client assertion was used before'
    expect(await said()).toBe(used)
    // It expires after 60 seconds and is taken for 30 more.
    for (const seconds of [50, 5, 5, 20]) {
      world.server.clock.move(seconds)
      expect(await said()).toBe(used)
    }
    world.server.clock.move(15)
    expect(await said()).toBe('the client assertion has expired')
  })
})

test('D07 where nobody can say whether it was used, it is not taken, and nothing is lost by that', async () => {
  const faulty = faultyStores()
  const world = await aWorld({ tamper: faulty.tamper })
  const k1 = await aKeyClient(world)
  const assertion = assertionOf(world, k1)
  faulty.fail((call) => call === 'replays.claim')
  const answer = await askWith(world, assertion)
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).not.toBeNull()
  expect(answer.json.error).toBe('temporarily_unavailable')
  faulty.heal()
  expect((await askWith(world, assertion)).status).toBe(200)
  world.check([503])
  await world.close()
})

test('D07 what is refused for another reason is not used up', async () => {
  const world = await aWorld()
  const k1 = await aKeyClient(world)
  const assertion = assertionOf(world, k1, { claims: { iat: undefined, nbf: undefined } })
  await world.server.clients.disable(k1.id, 'test')
  expectJsonError(await askWith(world, assertion), 401, 'invalid_client')
  await world.server.clients.enable(k1.id, 'test')
  expectJsonError(await askWith(world, assertion, { client_id: 'other' }), 401, 'invalid_client')
  expect((await askWith(world, assertion)).status).toBe(200)
  world.check()
  await world.close()
})
