import { expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { describeMachines, expectDeadAtBoth, type Room, untilWhole } from './support/machine-room.ts'
import { both } from './support/machines.ts'
import { introspect, refresh, revoke, signIn, userInfo } from './support/steps.ts'
import { asTokens, expectAlive } from './support/tokens.ts'
import type { Answer } from './support/world.ts'

function expectUnavailable(answer: Answer, because: string): void {
  expectJsonError(answer, 503, 'temporarily_unavailable', because)
  expect(Number(answer.headers.get('retry-after')), because).toBeGreaterThan(0)
}

type Fault = {
  readonly begin: (room: Room) => Promise<unknown>
  readonly end: (room: Room) => Promise<unknown>
}

const wantReplicas =
  (count: number) =>
  ({ redis }: Room) =>
    redis.command('CONFIG', 'SET', 'min-replicas-to-write', count)

const faults: readonly (readonly [string, Fault])[] = [
  ['Redis is killed', { begin: ({ redis }) => redis.kill(), end: ({ redis }) => redis.start() }],
  ['Redis only reads', { begin: wantReplicas(1), end: wantReplicas(0) }],
  ['PostgreSQL is killed', { begin: ({ postgres }) => postgres.kill(), end: ({ postgres }) => postgres.start() }],
]

describeMachines(
  'stores that are away',
  (room) => {
    test('C05 one machine, and Redis, start anew: the replay is known at both, and who was honest goes on', async () => {
      const { world, at, redis, stop, start } = room()
      const { c1 } = world
      const first = await signIn(world)
      const second = asTokens(c1, first, await refresh(at(0), c1, first.refresh))
      const third = asTokens(c1, first, await refresh(at(1), c1, second.refresh))
      const [honest, revoked] = [await signIn(world), await signIn(world)]
      await revoke(at(1), c1, revoked.refresh)
      await stop(1)
      await redis.kill()
      await redis.start()
      await start(1)
      await untilWhole(room())
      await expectDeadAtBoth(room(), revoked)
      expectJsonError(await refresh(at(1), c1, first.refresh), 400, 'invalid_grant')
      await expectDeadAtBoth(room(), third)
      await expectAlive(at(1), asTokens(c1, honest, await expectAlive(at(0), honest)))
    })

    test('C06 a reply was lost, and then all of Redis, for an hour: the same successor, once the outage is over', async () => {
      const { world, at, clock, redis } = room()
      const { c1 } = world
      const tokens = await signIn(world)
      const lost = asTokens(c1, tokens, await refresh(at(0), c1, tokens.refresh))
      await redis.kill()
      redis.replaceFiles(undefined)
      clock.move(3600)
      await redis.start()
      await untilWhole(room())
      const again = asTokens(c1, tokens, await refresh(at(1), c1, tokens.refresh))
      expect(again.refresh).toBe(lost.refresh)
      clock.move(31)
      expectJsonError(await refresh(at(0), c1, tokens.refresh), 400, 'invalid_grant')
      await expectDeadAtBoth(room(), again)
    })

    test('C06 a reply was lost, and then PostgreSQL, at a machine that does not know the person: the same successor', async () => {
      const { world, at, clock, postgres } = room()
      const { c1 } = world
      const [plain, tokens] = [await signIn(world), await signIn(world, { changes: { scope: 'openid roles' } })]
      const lost = asTokens(c1, tokens, await refresh(at(0), c1, tokens.refresh))
      await refresh(at(1), c1, plain.refresh)
      // Told of a change, both machines forget the person, and read nobody before somebody asks.
      await world.server.users.update(world.u1.sub, {}, 'test')
      await postgres.kill()
      expectUnavailable(await refresh(at(1), c1, tokens.refresh), 'PostgreSQL is away')
      clock.move(200)
      await postgres.start()
      await untilWhole(room())
      const again = asTokens(c1, tokens, await refresh(at(0), c1, tokens.refresh))
      expect(again.refresh).toBe(lost.refresh)
      await expectAlive(at(1), again)
    })

    test('C06 a restart of Redis that is no outage leaves the window what it was', async () => {
      const { world, at, clock, redis } = room()
      const { c1 } = world
      const [inside, outside] = [await signIn(world), await signIn(world)]
      const lost = []
      for (const tokens of [inside, outside]) {
        lost.push(asTokens(c1, tokens, await refresh(at(0), c1, tokens.refresh)))
      }
      await redis.kill()
      await redis.start()
      await untilWhole(room())
      const again = asTokens(c1, inside, await refresh(at(1), c1, inside.refresh))
      expect(again.refresh).toBe(lost[0]?.refresh)
      clock.move(30)
      expectJsonError(await refresh(at(1), c1, outside.refresh), 400, 'invalid_grant')
      if (lost[1]) await expectDeadAtBoth(room(), lost[1])
    })

    test.for(faults)(
      'C16 %s as one is told to revoke: 503, nothing is made up, and a retry at the other finishes it',
      async ([how, { begin, end }]) => {
        const { world, at } = room()
        const { c1 } = world
        const [ended, single, kept] = [await signIn(world), await signIn(world), await signIn(world)]
        await begin(room())
        const asked = [await revoke(at(0), c1, ended.refresh), await revoke(at(0), c1, single.access)]
        const looked = [await introspect(at(1), c1, kept.access), await userInfo(at(1), kept.access)]
        await end(room())
        await untilWhole(room())
        for (const answer of asked) expectUnavailable(answer, how)
        for (const answer of looked) {
          if (answer.status === 200) expect(answer.json.active ?? true, how).toBe(true)
          else expectUnavailable(answer, how)
        }
        expect((await revoke(at(1), c1, ended.refresh)).status, how).toBe(200)
        expect((await revoke(at(1), c1, single.access)).status, how).toBe(200)
        await expectDeadAtBoth(room(), ended, how)
        for (const machine of both) expect((await userInfo(at(machine), single.access)).status, how).toBe(401)
        await expectAlive(at(0), asTokens(c1, kept, await expectAlive(at(1), kept)))
        expect(await world.server.stores.facts.listPending(9), how).toEqual([])
      },
    )
  },
  { expected: [503] },
)
