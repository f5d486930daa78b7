import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { testClock } from '#test/support/clock.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { aServer } from '#test/support/server.ts'
import { guess, guessUntilRefused, openForm } from './support/guesses.ts'
import { cookiesOf, getCode } from './support/steps.ts'
import { aWorld } from './support/world.ts'

const wrong = 'canary-wrong-guess'
const device = (cookies: string) => /signet-device=[^;]+/.exec(cookies)?.[0] ?? ''

test('F08 counters, and the marks of browsers, survive a restart', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-restart-'))
  const [port = 0] = await freePorts(1)
  const address = { 'listen.port': String(port), issuer: `http://localhost:${port}` }
  const flags = { ...address, 'data.directory': join(folder, 'data'), 'keys.directory': join(folder, 'keys') }
  const clock = testClock()
  const first = await aWorld({ stores: 'real', flags, clock })
  const { password } = first.u1
  const known = device(cookiesOf(first, (await getCode(first)).person))
  const open = await openForm(first)
  expect(await guessUntilRefused(first, open, { username: 'u1', password: wrong, from: '127.0.0.2' }, 12)).toBe(10)
  first.check()
  await first.close()
  const second = { ...first, server: await aServer({ stores: 'real', flags, clock }) }
  const again = await openForm(second)
  for (const attempt of [wrong, password]) {
    expect((await guess(second, again, { username: 'U1', password: attempt, from: '127.0.0.2' })).status).toBe(429)
  }
  expect((await guess(second, again, { username: 'u1', password, from: '127.0.0.3' })).status).toBe(303)
  clock.move(901)
  expect(
    (await guess(second, await openForm(second), { username: 'u1', password, from: '127.0.0.2', cookie: known }))
      .status,
  ).toBe(303)
  for (const secret of [wrong, password]) expect(second.server.log.join('\n')).not.toContain(secret)
  await second.server.close()
  rmSync(folder, { recursive: true, force: true })
})

const why = whyNoPrivateRedis()
test.skipIf(why)(`F08 counters survive the death of Redis${why ? ` (${why})` : ''}`, { timeout: 60_000 }, async () => {
  const redis = await startPrivateRedis()
  const world = await aWorld({ stores: 'real', flags: { 'redis.url': redis.url } })
  const open = await openForm(world)
  const wish = { username: 'u1', password: wrong, from: '127.0.0.2' }
  expect(await guessUntilRefused(world, open, wish, 12)).toBe(10)
  await redis.restart()
  let status = 503
  for (let attempt = 0; attempt < 100 && status === 503; attempt++) {
    await wait(50)
    status = (await guess(world, open, { ...wish, password: world.u1.password })).status
  }
  expect(status).toBe(429)
  expect((await guess(world, open, { ...world.u1, from: '127.0.0.3' })).status).toBe(303)
  world.check([503])
  await world.close()
  await redis.stop()
})
