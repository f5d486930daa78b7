import { expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { describeMachines, expectDeadAtBoth } from './support/machine-room.ts'
import { type Granted, getCode, personOf, redeem, type Tokens, tokensOf } from './support/steps.ts'
import { expectAlive } from './support/tokens.ts'
import type { Answer } from './support/world.ts'

/** The full size is 200; a quick run has fewer. */
const codes = Number(process.env.SIGNET_TEST_RACE_CODES ?? 6)
const parallel = 100

const tokensFrom = (granted: Granted, answer: Answer): Tokens => ({ ...granted, ...tokensOf(answer), answer })

describeMachines('codes', (room) => {
  test("B07 another client's code is refused and burned at one machine: its own client gets nothing at the other", async () => {
    const { world, at } = room()
    for (const [here, there] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const granted = await getCode(world, { client: world.c1 })
      expectJsonError(await redeem(at(here), granted, { as: world.c2 }), 400, 'invalid_grant')
      expectJsonError(await redeem(at(there), granted), 400, 'invalid_grant')
    }
  })

  test('B07 a thief without credentials burns nothing at either', async () => {
    const { world, at } = room()
    const granted = await getCode(world)
    expectJsonError(await redeem(at(0), granted, { as: { ...world.c2, secret: 'wrong' } }), 401, 'invalid_client')
    expectJsonError(await redeem(at(1), granted, { as: world.p1 }), 400, 'invalid_grant')
    expect((await redeem(at(1), granted)).status).toBe(200)
  })

  test('B09 a code that was redeemed at one is refused at the other, and what it gave is dead at both', async () => {
    const { world, at } = room()
    const granted = await getCode(world)
    const tokens = tokensFrom(granted, await redeem(at(0), granted))
    await expectAlive(at(1), tokens)
    expectJsonError(await redeem(at(1), granted), 400, 'invalid_grant')
    await expectDeadAtBoth(room(), tokens)
  })

  test(`B10 ${codes} codes, ${parallel} redemptions each: one winner, and nothing left of it`, {
    timeout: 60_000 + codes * 10_000,
  }, async () => {
    const { world, at } = room()
    const person = personOf(world, world.u1)
    for (let round = 0; round < codes; round++) {
      const granted = await getCode(world, { person })
      const answers = await Promise.all(
        Array.from({ length: parallel }, (_, one) => redeem(at(one % 2 ? 1 : 0), granted)),
      )
      const [winner, ...others] = answers.filter(({ status }) => status === 200)
      expect([others.length, winner?.status]).toEqual([0, 200])
      const lost = answers.filter(({ status, json }) => status === 400 && json.error === 'invalid_grant')
      expect(lost.length).toBe(parallel - 1)
      if (winner) await expectDeadAtBoth(room(), tokensFrom(granted, winner))
    }
  })

  test('B15 what changes at one machine between the answer and the token counts at the other, at once', async () => {
    const { world, at } = room()
    const { users, clients, stores, endings } = world.server
    const user = world.u2
    const changes: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['the password', () => users.setPassword(user.sub, user.password, 'test')],
      ['signed out', () => users.signOut(user.sub, 'test')],
      ['the client ended', () => clients.endTokens('c1', 'test')],
      [
        'the consent withdrawn',
        async () => {
          await stores.consents.end(user.sub, 'c1')
          await endings.familiesAt(user.sub, 'c1', 'consent_withdrawn')
        },
      ],
      ['the person disabled', () => users.disable(user.sub, 'test')],
    ]
    for (const [what, change] of changes) {
      const granted = await getCode(world, { user })
      await change()
      expectJsonError(await redeem(at(1), granted), 400, 'invalid_grant', what)
    }
    await users.enable(user.sub, 'test')
    expect((await redeem(at(1), await getCode(world, { user }))).status).toBe(200)
  })

  test('B15 a client that is disabled at one gets nothing at the other within a second', async () => {
    const { world, at } = room()
    const { clients } = world.server
    const granted = await getCode(world)
    expectJsonError(await redeem(at(1), { ...granted, code: 'code_x' }), 400, 'invalid_grant')
    await clients.disable('c1', 'test')
    const refused = async () => (await redeem(at(1), { ...granted, code: 'code_x' })).json.error
    await expect.poll(refused, { timeout: 1000, interval: 20 }).toBe('invalid_client')
    expectJsonError(await redeem(at(1), granted), 401, 'invalid_client')
    await clients.enable('c1', 'test')
    await expect.poll(refused, { timeout: 1000, interval: 20 }).toBe('invalid_grant')
    expectJsonError(await redeem(at(1), granted), 400, 'invalid_grant')
  })
})
