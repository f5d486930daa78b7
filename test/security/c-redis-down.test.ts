import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type PrivateRedis, startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { expectJsonError } from './support/answers.ts'
import { introspect, refresh, revoke, signIn, userInfo } from './support/steps.ts'
import { expectAlive, expectDead } from './support/tokens.ts'
import { type Answer, aWorld, type World } from './support/world.ts'

const whyNot = whyNoPrivateRedis()

describe.skipIf(whyNot)(`Redis down${whyNot ? ` (${whyNot})` : ''}`, () => {
  let redis: PrivateRedis
  let world: World
  beforeAll(async () => {
    redis = await startPrivateRedis()
    world = await aWorld({ stores: 'real', flags: { 'redis.url': redis.url } })
  })
  afterEach(() => world.check([503]))
  afterAll(async () => {
    await world.close()
    await redis.stop()
  })

  /** Asked until it answers again: the connection is made anew within half a second. */
  const untilBack = (ask: () => Promise<Answer>) =>
    expect.poll(async () => (await ask()).status, { timeout: 10_000, interval: 100 }).toBe(200)

  async function settingOf(...words: readonly [string, string]): Promise<void> {
    const own = new Redis(redis.url)
    await own.config('SET', ...words)
    await own.quit()
  }

  test.for<[string, { readonly down: () => Promise<unknown>; readonly up: () => Promise<unknown> }]>([
    ['killed', { down: () => redis.kill(), up: () => redis.restart() }],
    ['hung', { down: async () => redis.signal('SIGSTOP'), up: async () => redis.signal('SIGCONT') }],
    [
      'read-only, for want of replicas',
      { down: () => settingOf('min-replicas-to-write', '1'), up: () => settingOf('min-replicas-to-write', '0') },
    ],
    ['full', { down: () => settingOf('maxmemory', '1'), up: () => settingOf('maxmemory', '0') }],
  ])(
    'C16 %s: revocation is not claimed, nothing is made up, and a retry finishes it',
    { timeout: 60_000 },
    async ([how, { down, up }]) => {
      const [ended, kept] = [await signIn(world), await signIn(world)]
      await down()
      const asked = await Promise.all([
        revoke(world, world.c1, ended.refresh),
        revoke(world, world.c1, ended.access),
        refresh(world, world.c1, kept.refresh),
      ])
      const looked = await Promise.all([
        introspect(world, world.c1, kept.access),
        introspect(world, world.c1, kept.refresh),
        userInfo(world, kept.access),
      ])
      await up()
      for (const answer of asked) {
        expectJsonError(answer, 503, 'temporarily_unavailable', how)
        expect(Number(answer.headers.get('retry-after')), how).toBeGreaterThan(0)
      }
      // One that can only be read may still be asked: then what it says must be right.
      for (const answer of looked) {
        if (answer.status === 200) expect(answer.json.active ?? true, how).toBe(true)
        else expectJsonError(answer, 503, 'temporarily_unavailable', how)
      }
      await untilBack(() => revoke(world, world.c1, ended.access))
      await untilBack(() => revoke(world, world.c1, ended.refresh))
      await expectDead(world, ended, how)
      await expectAlive(world, kept)
      expect(await world.server.stores.facts.listPending(9)).toEqual([])
    },
  )

  test('C16 what may have ended is not called dead either while nobody can know', async () => {
    await world.server.clients.update(world.c1.id, { accessTokenFormat: 'opaque' }, 'test')
    const { access: opaque } = await signIn(world)
    await world.server.clients.update(world.c1.id, { accessTokenFormat: 'jwt' }, 'test')
    await redis.kill()
    const answers = [await introspect(world, world.c1, opaque), await userInfo(world, opaque)]
    await redis.restart()
    for (const answer of answers) expectJsonError(answer, 503, 'temporarily_unavailable')
    await untilBack(() => introspect(world, world.c1, opaque))
    expect((await introspect(world, world.c1, opaque)).json.active).toBe(true)
  })
})
