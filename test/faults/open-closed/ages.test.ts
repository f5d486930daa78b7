import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { aStopwatch } from '#test/support/stopwatch.ts'
import { expectJsonError } from '../../security/support/answers.ts'
import {
  type Asked,
  clientToken,
  introspect,
  refresh,
  signIn,
  type Tokens,
  userInfo,
} from '../../security/support/steps.ts'
import { asTokens, expectAlive } from '../../security/support/tokens.ts'
import type { Answer, World } from '../../security/support/world.ts'
import { aStage, type Stage, whyNoStage } from './stage.ts'

const whyNot = whyNoStage()

describe.skipIf(whyNot)(`how long memory stands in${whyNot ? ` (${whyNot})` : ''}`, { timeout: 60_000 }, () => {
  let stage: Stage
  let world: World
  beforeAll(async () => {
    stage = await aStage()
    world = stage.world
  })
  afterEach(() => world.check([503]))
  afterAll(() => stage?.close())

  const expectUnavailable = (answer: Answer) => expectJsonError(answer, 503, 'temporarily_unavailable', answer.text)
  const tokenOfItsOwn = () => clientToken(world, world.c1, { scope: world.rs1.scope })

  /** Signs in; on a computer that is busy elsewhere an honest person may have to come again. */
  const arrive = (asked: Asked = {}): Promise<Tokens> =>
    vi.waitFor(() => signIn(world, asked), { timeout: 20_000, interval: 500 })

  /** Takes SQL away while something is tried, and waits until it is back. */
  async function withoutSql(work: () => Promise<void>): Promise<void> {
    await stage.postgres.kill()
    try {
      await work()
    } finally {
      await stage.postgres.start()
      const back = async () => (await clientToken(world, { ...world.c1, secret: 'not-the-secret' })).status
      await expect.poll(back, { timeout: 5000 }).toBe(401)
    }
  }

  test.for(['openid', 'openid rs1:read', 'openid roles'])(
    'a refresh of "%s" needs no SQL, not even after a minute, nor after ten',
    async (scope) => {
      let last = await arrive({ changes: { scope } })
      await withoutSql(async () => {
        for (const seconds of [1, 60, 9 * 60]) {
          world.server.clock.move(seconds)
          last = asTokens(world.c1, last, await refresh(world, world.c1, last.refresh))
          expect(last.answer.status, last.answer.text).toBe(200)
        }
      })
      expect((await introspect(world, world.c1, last.refresh)).json.active).toBe(true)
    },
  )

  test('nor does it, with SQL hanging, keep anybody waiting', async () => {
    const tokens = await arrive()
    world.server.clock.move(60)
    stage.postgres.freeze(true)
    const watch = aStopwatch()
    const answer = await refresh(world, world.c1, tokens.refresh).finally(() => stage.postgres.freeze(false))
    expect(answer.status, answer.text).toBe(200)
    expect(watch.milliseconds()).toBeLessThan(1500)
  })

  test('a client that was changed needs SQL: what it was before is not believed', async () => {
    const tokens = await arrive()
    await world.server.clients.update('c1', { name: 'changed' }, 'test')
    await withoutSql(async () => expectUnavailable(await refresh(world, world.c1, tokens.refresh)))
    expect((await refresh(world, world.c1, tokens.refresh)).status).toBe(200)
  })

  test('a client that is not known yet is told to come back, and so is a wrong secret', async () => {
    const { c2 } = world
    const tokens = await arrive()
    world.server.clock.move(16 * 60)
    const kept = await arrive()
    await withoutSql(async () => {
      expectUnavailable(await refresh(world, c2, tokens.refresh))
      expectUnavailable(await refresh(world, { ...world.c1, secret: 'not-the-secret' }, kept.refresh))
    })
  })

  test('all others know what they know for 30 seconds', async () => {
    const tokens = await arrive({ changes: { scope: 'openid roles' } })
    world.server.clock.move(31)
    expect((await userInfo(world, tokens.access)).status).toBe(200)
    expect((await tokenOfItsOwn()).status).toBe(200)
    await withoutSql(async () => {
      world.server.clock.move(25)
      expect((await tokenOfItsOwn()).status).toBe(200)
      expect((await userInfo(world, tokens.access)).status).toBe(200)
      expect((await introspect(world, world.c1, tokens.access)).json.active).toBe(true)
      world.server.clock.move(6)
      expectUnavailable(await tokenOfItsOwn())
      expectUnavailable(await userInfo(world, tokens.access))
      expectUnavailable(await introspect(world, world.c1, tokens.access))
    })
    await expectAlive(world, tokens)
  })

  test('while Redis is away wrong secrets are counted here, and fewer are let through', async () => {
    const wrong = { ...world.c2, secret: 'not-the-secret' }
    const { perClient } = world.server.config.throttle
    await stage.redis.kill()
    try {
      for (let at = 0; at < Math.floor(perClient / 2); at += 1)
        expectJsonError(await clientToken(world, wrong), 401, 'invalid_client')
      const full = await clientToken(world, wrong)
      expect(full.status).toBe(429)
      expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await clientToken(world, world.c2, { scope: world.rs1.scope })).status).toBe(200)
    } finally {
      await stage.redis.start()
    }
    await expect
      .poll(async () => (await signIn(world).catch(() => undefined))?.answer.status, { timeout: 5000 })
      .toBe(200)
  })
})
