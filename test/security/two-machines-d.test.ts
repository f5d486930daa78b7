import { expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { describeMachines, untilWhole } from './support/machine-room.ts'
import { both } from './support/machines.ts'
import { clientToken } from './support/steps.ts'
import type { KnownClient } from './support/world.ts'

const soon = { timeout: 1000, interval: 100 }
const most = 30

describeMachines(
  'clients',
  (room) => {
    const ask = (machine: 0 | 1, client: KnownClient) => {
      const { world, at } = room()
      return clientToken(at(machine), client, { scope: world.rs1.scope })
    }

    test('D08 a secret that was exchanged at one opens nothing at the other within a second, restarts or not', async () => {
      const { world, redis, stop, start } = room()
      const old = world.c2
      for (const machine of both) expect((await ask(machine, old)).status).toBe(200)
      const { secret = '' } = await world.server.clients.rotateSecret(old.id, { overlap: 0 }, 'test')
      world.keepSecret(secret)
      const renewed = { ...old, secret }
      for (const machine of both) {
        // The new one is not shown before: whoever proves themselves by it has the client read anew.
        await expect.poll(async () => (await ask(machine, old)).status, soon).toBe(401)
        expectJsonError(await ask(machine, old), 401, 'invalid_client')
        expect((await ask(machine, renewed)).status).toBe(200)
      }
      await stop(1)
      await redis.kill()
      await redis.start()
      await start(1)
      await untilWhole(room())
      for (const machine of both) {
        expect((await ask(machine, renewed)).status).toBe(200)
        expectJsonError(await ask(machine, old), 401, 'invalid_client')
      }
    })

    test('D08 wrong secrets are counted across both, and over a kill -9 of Redis', async () => {
      const { world, redis } = room()
      const wrong = { ...world.c1, secret: 'canary-of-a-wrong-secret' }
      world.keepSecret(wrong.secret)
      for (let at = 0; at < most; at++) expectJsonError(await ask(at % 2 ? 1 : 0, wrong), 401, 'invalid_client')
      for (const machine of both) expect((await ask(machine, wrong)).status).toBe(429)
      await redis.kill()
      await redis.start()
      await untilWhole(room())
      for (const machine of both) expect((await ask(machine, wrong)).status).toBe(429)
      room().clock.move(901)
      expectJsonError(await ask(1, wrong), 401, 'invalid_client')
    })
  },
  { flags: { 'throttle.perClient': `${most}` }, expected: [503] },
)
