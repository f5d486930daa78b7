import { expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { type Guess, guess, guessUntilRefused, openForm } from './support/guesses.ts'
import { hashesOf } from './support/hashes.ts'
import { describeMachines, expectDeadAtBoth, untilWhole } from './support/machine-room.ts'
import { both } from './support/machines.ts'
import { cookiesOf, getCode, redeem, signIn } from './support/steps.ts'

const wrong = 'canary-wrong-guess'
const from = (number: number) => `127.0.0.${number}`
const offline = { scope: 'openid offline_access', prompt: 'consent' }

describeMachines(
  'guesses and accounts',
  (room) => {
    const hashes = async () => {
      const counts = await Promise.all(both.map((machine) => hashesOf(room().server(machine))))
      return counts.reduce((sum, count) => sum + count, 0)
    }

    async function statusOf(wish: Guess): Promise<number> {
      const { world } = room()
      return (await guess(world, await openForm(world), wish)).status
    }

    test('F05 of 100 parallel guesses at two machines no more than the limit of one are verified', async () => {
      const { world } = room()
      const open = await openForm(world)
      const before = await hashes()
      const wish = { username: 'u1', password: wrong, from: from(20) }
      const answers = await Promise.all(Array.from({ length: 100 }, () => guess(world, open, wish)))
      const statuses = answers.map(({ status }) => status)
      expect(new Set(statuses).isSubsetOf(new Set([400, 429]))).toBe(true)
      expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(90)
      expect((await hashes()) - before).toBeLessThanOrEqual(10)
    })

    test('F08 one count for both, which outlives a machine and a kill -9 of Redis', async () => {
      const { world, redis, stop, start, clock } = room()
      const wish = { username: 'u2', password: wrong, from: from(2) }
      const known = cookiesOf(world, (await getCode(world, { user: world.u2 })).person)
      const mark = /signet-device=[^;]+/.exec(known)?.[0] ?? ''
      expect(await guessUntilRefused(world, await openForm(world), wish, 12)).toBe(10)
      const right = { ...wish, password: world.u2.password }
      await stop(1)
      expect(await statusOf(right)).toBe(429)
      await redis.kill()
      await redis.start()
      await start(1)
      await untilWhole(room())
      for (let times = 0; times < 2; times++) expect(await statusOf(right)).toBe(429)
      expect(await statusOf({ ...right, from: from(3) })).toBe(303)
      expect(await statusOf({ ...right, cookie: mark })).toBe(303)
      clock.move(901)
      expect(await statusOf(right)).toBe(303)
    })

    test('F25 disabled at one: nothing works at either; made anew under the same name nothing of the old one counts', async () => {
      const { world, at } = room()
      const { users } = world.server
      const user = { username: 'u3', password: 'canary-of-a-third-person', sub: '' }
      world.keepSecret(user.password)
      const { sub } = await users.create({ username: user.username }, user.password, 'test')
      const all = [
        await signIn(world, { user }),
        await signIn(world, { user, client: world.c2, changes: offline }),
        await signIn(world, { user, client: world.p1 }),
      ]
      const code = await getCode(world, { user })
      await users.disable(sub, 'test')
      for (const tokens of all) await expectDeadAtBoth(room(), tokens, 'disabled')
      expectJsonError(await redeem(at(1), code), 400, 'invalid_grant')
      for (let times = 0; times < 2; times++) expect(await statusOf({ ...user, from: from(40) })).toBe(400)
      await users.enable(sub, 'test')
      for (const tokens of all) await expectDeadAtBoth(room(), tokens, 'enabled again')
      for (let times = 0; times < 2; times++) expect(await statusOf({ ...user, from: from(40) })).toBe(303)
      await users.remove(sub, 'test')
      const anew = await users.create({ username: user.username }, user.password, 'test')
      expect(anew.sub).not.toBe(sub)
      for (const tokens of all) await expectDeadAtBoth(room(), tokens, 'made anew')
      expect(await statusOf({ ...user, from: from(40) })).toBe(303)
    })
  },
  { flags: { 'passwords.queue': '60s' }, expected: [503] },
)
