import { beforeAll, describe, expect, test } from 'vitest'
import { type AgreedClock, agreedClock } from '#idp/agreed-clock.ts'
import { expectJsonError } from './support/answers.ts'
import { describeMachines, expectDeadAtBoth, type Room } from './support/machine-room.ts'
import { both, type Machine } from './support/machines.ts'
import { authorizeUrl, getCode, introspect, redeem, refresh, revoke, signIn, tokensOf } from './support/steps.ts'
import { asTokens, claimsOf, expectAlive, expectInactive } from './support/tokens.ts'

/** How far the second machine's own clock is ahead, in seconds. */
let ahead = 0
let room: Room | undefined
const clocks = new Map<Machine, AgreedClock>()

/** The clock of a real server: three are asked, of which this machine's may be wrong. */
function clockOf(machine: Machine) {
  const stores = () => room?.server(machine).stores
  const asked = (answer: Promise<Date> | undefined) => answer ?? Promise.reject(new Error('not open yet'))
  const clock = agreedClock(
    [
      { name: 'redis', ask: () => asked(stores()?.servers?.time()) },
      { name: 'database', ask: () => asked(stores()?.time?.()) },
    ],
    { wall: () => Date.now() + (machine === 1 ? ahead * 1000 : 0), monotonic: () => performance.now() },
  )
  clocks.set(machine, clock)
  return Object.assign(clock, { move() {} })
}

describeMachines(
  'clocks',
  (found) => {
    describe.each([600, -600])('one of them wrong by %i seconds', (seconds) => {
      beforeAll(async () => {
        ahead = seconds
        room = found()
        await room.stop(1)
        await room.start(1)
        for (const machine of both) await clocks.get(machine)?.measure()
      })

      test('the wrong one is told of, and both go by the same time', async () => {
        const deviations = await clocks.get(1)?.measure()
        expect(deviations?.get('own')).toBeCloseTo(seconds, -1)
        for (const machine of both) {
          const shown = found().server(machine).clock.now().getTime()
          expect(Math.abs(shown - Date.now()), `machine ${machine}`).toBeLessThan(5000)
        }
      })

      test('B09 C02 nothing is taken twice, whichever machine comes first', async () => {
        const { world, at } = found()
        const { c1 } = world
        for (const [here, there] of [
          [0, 1],
          [1, 0],
        ] as const) {
          const granted = await getCode(world)
          const answer = await redeem(at(here), granted)
          const tokens = { ...granted, ...tokensOf(answer), answer }
          expectJsonError(await redeem(at(there), granted), 400, 'invalid_grant')
          await expectDeadAtBoth(found(), tokens)
          const first = await signIn(world)
          const second = asTokens(c1, first, await refresh(at(here), c1, first.refresh))
          expect(tokensOf(await refresh(at(there), c1, first.refresh)).refresh).toBe(second.refresh)
          const third = asTokens(c1, first, await refresh(at(there), c1, second.refresh))
          expectJsonError(await refresh(at(here), c1, first.refresh), 400, 'invalid_grant')
          await expectDeadAtBoth(found(), third)
        }
      })

      test('C12 what one hands out is alive at the other, for as long as it says', async () => {
        const { world, at } = found()
        for (const machine of both) {
          const granted = await getCode(world)
          const answer = await redeem(at(machine), granted)
          const tokens = { ...granted, ...tokensOf(answer), answer }
          const { iat = 0, exp = 0 } = claimsOf(tokens.access) as { readonly iat?: number; readonly exp?: number }
          expect([Math.abs(iat - Date.now() / 1000) < 30, exp - iat]).toEqual([true, 600])
          await expectAlive(at(1), asTokens(world.c1, tokens, await expectAlive(at(0), tokens)))
          const silent = authorizeUrl(world, world.c1, { prompt: 'none' })
          for (let times = 0; times < 2; times++) {
            expect((await granted.person.authorize(silent)).searchParams.has('code')).toBe(true)
          }
        }
      })

      test('C21 what one ends is dead at the other at once', async () => {
        const { world, at } = found()
        for (const [here, there] of [
          [0, 1],
          [1, 0],
        ] as const) {
          const tokens = await signIn(world)
          await revoke(at(here), world.c1, tokens.access)
          expectInactive(await introspect(at(there), world.c1, tokens.access))
          await revoke(at(here), world.c1, tokens.refresh)
          await expectDeadAtBoth(found(), tokens)
        }
      })
    })
  },
  { clock: clockOf },
)
