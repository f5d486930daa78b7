import { describe, expect, test, vi } from 'vitest'
import { testClock } from '#test/support/clock.ts'
import { type Guess, guess, guessUntilRefused, openForm } from './support/guesses.ts'
import { hashesOf } from './support/hashes.ts'
import { authorizeUrl, cookiesOf, getCode, postForm, refresh, signIn } from './support/steps.ts'
import { aWorld, theWorld, type World } from './support/world.ts'

// Hundreds of hashes: minutes on a machine that is busy otherwise.
vi.setConfig({ testTimeout: 120_000 })

// A long queue, so that what is refused is refused by the counters and not because this machine is busy.
const world = await theWorld({ flags: { 'passwords.queue': '60s' } })
const { server, u1, u2, c1 } = world
const day = 86_400
const wrong = 'canary-wrong-guess'
world.keepSecret(wrong)
const from = (last: number) => `127.0.0.${last}`
const device = (cookies: string) => /signet-device=[^;]+/.exec(cookies)?.[0] ?? ''

/** Signs in honestly from an address, at a browser that may have a mark; answers the status. */
async function honest(where: World, wish: Partial<Guess> & Pick<Guess, 'username' | 'password'>): Promise<number> {
  return (await guess(where, await openForm(where), wish)).status
}

describe('F04 every way to try a password counts', () => {
  test('F04 the page, with any button, spelling or field; the token endpoint tries none', async () => {
    const open = await openForm(world)
    const spellings = [
      u1.username,
      u1.username.toUpperCase(),
      ` ${u1.username} `,
      'ｕ１',
      'U１',
      `${u1.username}\t`,
      'u\u0031',
    ]
    const before = await hashesOf(server)
    for (let at = 0; at < 10; at++) {
      const username = spellings[at % spellings.length] ?? ''
      expect((await guess(world, open, { username, password: wrong, from: from(10) })).status).toBe(400)
    }
    for (const username of spellings) {
      expect((await guess(world, open, { username, password: u1.password, from: from(10) })).status, username).toBe(429)
    }
    expect((await hashesOf(server)) - before).toBe(10)
    const ropc = { grant_type: 'password', username: u1.username, password: u1.password, scope: 'openid' }
    for (const client of [c1, world.c2, world.p1]) {
      expect((await postForm(world, '/token', ropc, client)).json.error).toBe('unsupported_grant_type')
    }
    expect((await hashesOf(server)) - before).toBe(10)
  })

  test('F04 a locked name gets nothing anywhere from there, the right password included, and nobody is told it is right', async () => {
    const { person } = await getCode(world, { user: u2 })
    const page = await person.browser.open(authorizeUrl(world, c1, { prompt: 'login' }))
    await guessUntilRefused(world, await openForm(world), { username: u2.username, password: wrong }, 11)
    const [right, bad] = [u2.password, wrong].map(async (password) =>
      guess(world, await openForm(world), { username: u2.username, password }),
    )
    const [one, other] = [await right, await bad]
    expect([one?.status, other?.status]).toEqual([429, 429])
    expect(one?.headers.getSetCookie()).toEqual([])
    expect((await person.signIn(page)).status, 'a browser that is known').not.toBe(429)
    server.clock.move(day)
  })
})

test('F05 of 200 parallel guesses no more than the limit are verified', async () => {
  const open = await openForm(world)
  const before = await hashesOf(server)
  const guesses = Array.from({ length: 200 }, () =>
    guess(world, open, { username: u1.username, password: wrong, from: from(20) }),
  )
  const statuses = (await Promise.all(guesses)).map(({ status }) => status)
  expect((await hashesOf(server)) - before).toBeLessThanOrEqual(10)
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(190)
  expect(new Set(statuses).isSubsetOf(new Set([400, 429]))).toBe(true)
})

test('F05 nor of 200 with 200 spellings, nor of 200 names from one address', async () => {
  const names = {
    spelling: (at: number) => `${' '.repeat(at % 20)}${at % 2 ? 'U1' : 'ｕ１'}${' '.repeat(Math.floor(at / 20))}`,
    name: (at: number) => `name-${at}`,
  }
  for (const [kind, most, address] of [
    ['spelling', 10, 21],
    ['name', 50, 22],
  ] as const) {
    const open = await openForm(world)
    const before = await hashesOf(server)
    await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        guess(world, open, { username: names[kind](at), password: wrong, from: from(address) }),
      ),
    )
    expect((await hashesOf(server)) - before, kind).toBeLessThanOrEqual(most)
  }
})

test('F06 headers of a stranger do not move the address that guesses are counted for', async () => {
  const open = await openForm(world)
  const before = await hashesOf(server)
  for (let at = 0; at < 40; at++) {
    const address = `198.51.100.${at}`
    const headers = {
      'x-forwarded-for': address,
      forwarded: `for=${address}`,
      'x-real-ip': address,
      'true-client-ip': address,
      'cf-connecting-ip': address,
      'x-client-ip': address,
      via: address,
      'user-agent': `agent ${at}`,
    }
    const { status } = await guess(world, open, { username: 'u2', password: wrong, from: from(30), headers })
    expect(status).toBe(at < 10 ? 400 : 429)
  }
  expect((await hashesOf(server)) - before).toBe(10)
})

test('F06 behind a listed proxy the address is the last one that the proxy did not write itself', async () => {
  const proxied = await aWorld({ flags: { 'listen.trustProxy': '127.0.0.1' } })
  const open = await openForm(proxied)
  const ask = (list: string) =>
    guess(proxied, open, { username: 'u1', password: wrong, headers: { 'x-forwarded-for': list } })
  for (let at = 0; at < 10; at++) expect((await ask(`198.51.100.${at}, 203.0.113.7`)).status).toBe(400)
  expect((await ask('198.51.100.99, 203.0.113.7')).status).toBe(429)
  expect((await ask('203.0.113.7, 203.0.113.8')).status).toBe(400)
  expect(
    (
      await guess(proxied, open, {
        username: 'u1',
        password: wrong,
        from: from(9),
        headers: { 'x-forwarded-for': '203.0.113.7' },
      })
    ).status,
  ).toBe(400)
  proxied.check()
  await proxied.close()
})

describe('F07 guessing locks nobody out', () => {
  test('F07 one address cannot lock the person at another one, whatever it tries all day', async () => {
    const clock = testClock()
    const attacked = await aWorld({ clock })
    const before = await hashesOf(attacked.server)
    for (let window = 0; window < 24; window++) {
      for (const username of ['u1', 'U1 ', 'ｕ１']) {
        await guessUntilRefused(attacked, await openForm(attacked), { username, password: wrong, from: from(2) }, 12)
      }
      clock.move(900)
    }
    expect((await hashesOf(attacked.server)) - before).toBeLessThanOrEqual(50)
    expect(await honest(attacked, { ...attacked.u1, from: from(3) })).toBe(303)
    expect(await honest(attacked, { ...attacked.u1, from: from(2) })).toBe(429)
    clock.move(day)
    expect(await honest(attacked, { ...attacked.u1, from: from(2) })).toBe(303)
    attacked.check()
    await attacked.close()
  })

  test('F07 many addresses: at most 100 failures a day; a known browser, live sessions and tokens go on', async () => {
    const attacked = await aWorld({ flags: { 'throttle.perAddress': '100000' } })
    const { u1: victim } = attacked
    await attacked.server.users.update(victim.sub, { emailVerified: true }, 'test')
    const tokens = await signIn(attacked)
    const mark = device(cookiesOf(attacked, tokens.person))
    const before = await hashesOf(attacked.server)
    for (let address = 2; address < 40; address++) {
      const username = ['u1', 'U1', 'u1@people.test', 'U1@PEOPLE.TEST', ' ｕ１'][address % 5] ?? ''
      await guessUntilRefused(
        attacked,
        await openForm(attacked),
        { username, password: wrong, from: from(address) },
        12,
      )
    }
    expect((await hashesOf(attacked.server)) - before).toBe(100)
    expect(await honest(attacked, { ...victim, from: from(50) })).toBe(429)
    expect(await honest(attacked, { ...victim, from: from(50), cookie: mark })).toBe(303)
    expect((await refresh(attacked, attacked.c1, tokens.refresh)).status).toBe(200)
    const headers = { cookie: cookiesOf(attacked, tokens.person) }
    const silent = await attacked.send(authorizeUrl(attacked, attacked.c1, { prompt: 'none' }), { headers })
    expect(silent.location?.searchParams.get('code')).toMatch(/^code_/)
    expect(await honest(attacked, { ...attacked.u2, from: from(2) })).toBe(303)
    attacked.server.clock.move(day)
    expect(await honest(attacked, { ...victim, from: from(50) })).toBe(303)
    attacked.check()
    await attacked.close()
  })

  test('F07 the mark of a browser is for its account, has limits of its own, and cannot be made', async () => {
    const limited = await aWorld()
    const { person } = await getCode(limited, { user: limited.u2 })
    const theirs = device(cookiesOf(limited, person))
    const open = await openForm(limited)
    const ask = (cookie: string, username = 'u1') =>
      guess(limited, open, { username, password: wrong, cookie, from: from(2) })
    for (let at = 0; at < 10; at++) await ask(theirs)
    expect((await ask(theirs)).status).toBe(429)
    for (const forged of [
      theirs.replace(/.$/, '_'),
      theirs.toUpperCase(),
      theirs.replace(/\.[^.]+$/, ''),
      'signet-device=x.y.z',
    ]) {
      expect((await ask(forged)).status, forged).toBe(429)
    }
    for (let at = 0; at < 10; at++) expect((await ask(theirs, 'u2')).status).toBe(400)
    expect((await ask(theirs, 'u2')).status).toBe(429)
    expect(await honest(limited, { ...limited.u2, from: from(3) })).toBe(303)
    limited.check()
    await limited.close()
  })

  test('F07 a right password gives its count back, so that people who sign in often are not stopped', async () => {
    for (let at = 0; at < 25; at++) expect(await honest(world, { ...u2, from: from(60) })).toBe(303)
  })
})
