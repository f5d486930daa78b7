import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Guess, guess, openForm } from './support/guesses.ts'
import { hashesOf } from './support/hashes.ts'
import type { Got } from './support/request-from.ts'
import { getCode } from './support/steps.ts'
import { theWorld } from './support/world.ts'

// Hundreds of hashes: minutes on a machine that is busy otherwise.
vi.setConfig({ testTimeout: 120_000 })

const world = await theWorld({ flags: { 'throttle.perAddress': '100000' } })
const { server, u1, u2 } = world
const password = 'canary-right-password'
world.keepSecret(password)
const users = { ...server.users }
const disabled = await users.create(
  { username: 'disabled', email: 'disabled@people.test', emailVerified: true },
  password,
  'test',
)
await users.disable(disabled.sub, 'test')
await users.create({ username: 'passwordless' }, undefined, 'test')
const deleted = await users.create({ username: 'deleted' }, password, 'test')
await users.remove(deleted.sub, 'test')

/** Everybody who may not come in, and why; to the outside they are one. */
const strangers: Record<string, Pick<Guess, 'username' | 'password'>> = {
  unknown: { username: 'nobody', password },
  wrong: { username: u1.username, password },
  'disabled, with the right password': { username: 'disabled', password },
  'disabled, wrong': { username: 'disabled', password: 'x' },
  'without a password': { username: 'passwordless', password },
  'without a password, and none given that counts': { username: 'passwordless', password: ' ' },
  deleted: { username: 'deleted', password },
  'an address that is not verified': { username: `${u1.username}@people.test`, password: u1.password },
  'the verified address of somebody disabled': { username: 'disabled@people.test', password },
  'a subject': { username: u1.sub, password: u1.password },
  'a name with an injection': { username: "u1' OR '1'='1", password: u1.password },
  'a wildcard': { username: 'u%', password: u1.password },
  'a name too long to be one': { username: 'n'.repeat(300), password },
  'an object’s name': { username: '__proto__', password },
}

/** An answer without what is new every time: tokens, ids, and the name that was typed. */
function told({ status, headers, text }: Got, username: string) {
  const body = text
    .replaceAll(/(name="csrf" value|data-copy)="[^"]*"/g, '')
    .replaceAll(/id(?:=|&#61;)ref_[\w-]+/g, '')
    .replace(/(name="username"[^>]* value)="[^"]*"/, (whole, name: string) =>
      whole.length > 0 && username ? name : whole,
    )
  const { date: _date, 'content-length': _length, ...rest } = Object.fromEntries(headers)
  return { status, headers: rest, body, cookies: headers.getSetCookie() }
}

afterEach(() => server.clock.move(86_400))

describe('F01 nobody learns which names exist', () => {
  test('F01 the same status, headers, cookies and page for everybody who may not come in', async () => {
    const open = await openForm(world)
    const first = told(await guess(world, open, { username: 'nobody-else', password }), 'nobody-else')
    expect([first.status, first.cookies]).toEqual([400, []])
    for (const [who, wish] of Object.entries(strangers)) {
      expect(told(await guess(world, open, wish), wish.username), who).toEqual(first)
    }
  })

  test('F01 the same where guesses are refused, and after as many of them', async () => {
    const seen = new Map<string, unknown>()
    for (const [who, wish] of Object.entries(strangers)) {
      if (wish.username.length > 254 || seen.has(wish.username)) continue
      const open = await openForm(world)
      const answers: Got[] = []
      for (let at = 0; at < 12; at++) answers.push(await guess(world, open, { ...wish, from: '127.0.0.3' }))
      expect(
        answers.map(({ status }) => status),
        who,
      ).toEqual([...Array(10).fill(400), 429, 429])
      const { headers, ...last } = told(answers.at(-1) as Got, wish.username)
      expect(Number(headers['retry-after']), who).toBeGreaterThan(880)
      seen.set(wish.username, { ...last, body: last.body.replaceAll(/\d+ (minutes?|seconds?)/g, '') })
    }
    for (const shown of seen.values()) expect(shown).toEqual([...seen.values()][0])
  })

  test('F01 the same with the mark of a device, somebody else’s or nobody’s', async () => {
    const { person } = await getCode(world)
    const mark = /signet-device=[^;]+/.exec(person.browser.jar.header(new URL(world.issuer)))?.[0] ?? ''
    const open = await openForm(world)
    for (const cookie of [
      mark,
      'signet-device=x',
      `signet-device=${'A'.repeat(20)}.${'B'.repeat(22)}.${'C'.repeat(43)}`,
    ]) {
      const ask = async (username: string) => told(await guess(world, open, { username, password, cookie }), username)
      const unknown = await ask('nobody-here')
      for (const username of [u2.username, 'disabled', 'passwordless']) expect(await ask(username)).toEqual(unknown)
    }
  })
})

type Timed = { readonly name: string; readonly wish: Guess; readonly times: number[] }

/** Milliseconds of guesses in turn, so that what loads the machine loads them all alike. */
async function timeInTurn(wishes: Record<string, Guess>, rounds: number): Promise<Timed[]> {
  const timed = Object.entries(wishes).map(([name, wish]): Timed => ({ name, wish, times: [] }))
  for (let round = 0; round < rounds; round++) {
    const open = await openForm(world)
    for (const { wish, times } of timed) {
      const start = performance.now()
      await guess(world, open, wish)
      times.push(performance.now() - start)
    }
    server.clock.move(86_400 / 9)
  }
  return timed
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

describe('F02 nor by the time it takes', () => {
  test('F02 exactly one hash on every path', async () => {
    for (const [who, wish] of Object.entries(strangers)) {
      if (wish.username.length > 254) continue
      const open = await openForm(world)
      const before = await hashesOf(server)
      await guess(world, open, wish)
      expect((await hashesOf(server)) - before, who).toBe(1)
      server.clock.move(900)
    }
    const before = await hashesOf(server)
    const { status } = await guess(world, await openForm(world), { username: u1.username, password: u1.password })
    expect([status, (await hashesOf(server)) - before]).toEqual([303, 1])
  })

  test('F02 no median differs by more than two runs of the same path do', { timeout: 120_000, retry: 2 }, async () => {
    const wishes = {
      'unknown once': { username: 'nobody', password },
      'unknown again': { username: 'nobody-2', password },
      wrong: { username: u1.username, password: 'canary-wrong-password' },
      disabled: { username: 'disabled', password },
      'without a password': { username: 'passwordless', password },
    }
    await timeInTurn(wishes, 3)
    const timed = await timeInTurn(wishes, 40)
    const medians = Object.fromEntries(timed.map(({ name, times }) => [name, median(times)]))
    const [once = 0, again = 0] = [medians['unknown once'], medians['unknown again']]
    // A hash that was left out would be missed by its whole length; the noise is what two runs of one path differ by.
    // A machine too busy to tell is asked again; what leaks does so every time.
    const spread = median(timed.flatMap(({ times }) => times.map((one) => Math.abs(one - median(times)))))
    const noise = Math.max(3 * Math.abs(once - again), spread, once * 0.15)
    for (const [name, one] of Object.entries(medians)) {
      expect(Math.abs(one - once), `${name} ${JSON.stringify(medians)}`).toBeLessThanOrEqual(noise)
    }
    expect(noise, JSON.stringify(medians)).toBeLessThan(once)
  })
})
