import { beforeEach, describe, expect, test, vi } from 'vitest'
import { aPerson, type Person } from '#test/support/person.ts'
import { startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { cookieSet, postReady, type ReadyForm, readyForm } from './support/forms.ts'
import { authorizeUrl, cookiesOf, getCode, personOf, redeem, refresh, signIn, tokensOf } from './support/steps.ts'
import { type Answer, aWorld, type KnownUser, type World } from './support/world.ts'

// Hundreds of hashes: minutes on a machine that is busy otherwise.
vi.setConfig({ testTimeout: 120_000 })

/** Posts the same form several times at once, as a double click does, with the cookies that the browser has then. */
function atOnce(world: World, person: Person, form: ReadyForm, times = 4): Promise<Answer[]> {
  const cookie = cookiesOf(world, person)
  return Promise.all(Array.from({ length: times }, () => postReady(world, form, { cookie })))
}

/** The browser keeps what the last answer that it read has set. */
function keep(world: World, person: Person, answer: Answer): void {
  person.browser.jar.take(new URL(world.issuer), answer.headers.getSetCookie())
}

function credentials({ username, password }: KnownUser) {
  return { username, password }
}

const kinds = ['memory', 'SQLite', 'Redis'] as const
const missing = whyNoPrivateRedis()

describe.each(kinds)('a form that is sent twice at once (%s)', (kind) => {
  const why = kind === 'Redis' ? missing : undefined
  let world: World
  beforeEach(async ({ skip }) => {
    skip(why !== undefined, why)
    const redis = kind === 'Redis' ? await startPrivateRedis() : undefined
    world = await aWorld({
      stores: kind === 'memory' ? 'memory' : 'real',
      ...(redis && { flags: { 'redis.url': redis.url } }),
    })
    return async () => {
      world.check()
      await world.close()
      await redis?.stop()
    }
  })
  const sessionsOf = ({ sub }: KnownUser) => world.server.stores.facts.listSessions(sub, world.server.clock.now())
  const sidOf = (cookie: string | undefined) => cookie?.split('.')[0]

  test('E01 a sign-in makes one session, and every answer leads on with it', async () => {
    const person = personOf(world, world.u1)
    const page = await person.browser.open(authorizeUrl(world, world.c1))
    const answers = await atOnce(world, person, readyForm(page, 'login', credentials(world.u1)))
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303])
    expect(new Set(answers.map((answer) => cookieSet(answer, 'signet-session'))).size).toBe(1)
    expect(await sessionsOf(world.u1)).toHaveLength(1)
    for (const answer of answers) {
      keep(world, person, answer)
      expect((await person.browser.open(answer.location ?? '')).url.pathname).toBe('/consent')
    }
    const late = await postReady(world, readyForm(page, 'login', credentials(world.u1)), {
      cookie: cookiesOf(world, person),
    })
    keep(world, person, late)
    expect(await sessionsOf(world.u1)).toHaveLength(1)
  })

  test('E01 signing in again keeps the one session, and what is bound to it', async () => {
    const { person, refresh: token, client } = await signIn(world)
    const [before] = await sessionsOf(world.u1)
    const page = await person.browser.open(authorizeUrl(world, client, { prompt: 'login' }))
    const answers = await atOnce(world, person, readyForm(page, 'login', { password: world.u1.password }))
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303])
    const cookies = new Set(answers.map((answer) => cookieSet(answer, 'signet-session')))
    expect([...cookies].map(sidOf)).toEqual([before?.id])
    expect((await sessionsOf(world.u1)).map(({ id }) => id)).toEqual([before?.id])
    expect((await refresh(world, client, token)).status).toBe(200)
    keep(world, person, answers[0] as Answer)
    expect((await person.follow(answers[0]?.location ?? '')).url.searchParams.get('code')).toMatch(/^code_/)
  })

  test('E01 signing in as somebody else ends the first session and makes one new one', async () => {
    const { person } = await getCode(world)
    const page = await person.browser.open(authorizeUrl(world, world.c1, { prompt: 'login' }))
    const other = await person.browser.press(page, 'switch')
    const answers = await atOnce(world, person, readyForm(other, 'login', credentials(world.u2)))
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303])
    expect(new Set(answers.map((answer) => cookieSet(answer, 'signet-session'))).size).toBe(1)
    expect([await sessionsOf(world.u1), (await sessionsOf(world.u2)).length]).toEqual([[], 1])
  })

  test('E02 a consent leads to one code and otherwise to the friendly page', async () => {
    const person = personOf(world, world.u1)
    const page = await person.signIn(await person.browser.open(authorizeUrl(world, world.c1)))
    const answers = await atOnce(world, person, readyForm(page, 'approve'))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409, 409, 409])
    expect(answers.filter(({ text }) => text.includes('code_'))).toEqual([])
    const again = answers.find(({ status }) => status === 409)
    expect(again?.text).toContain('c1')
    const codes = answers.flatMap(({ location }) => location?.searchParams.get('code') ?? [])
    expect(codes).toHaveLength(1)
  })

  test('E02 a code from a doubled sign-in works like any other', async () => {
    const { username, password } = world.u1
    const person = aPerson({ issuer: world.issuer, username, password })
    const first = await getCode(world, { person })
    const page = await person.browser.open(authorizeUrl(world, world.c1, { prompt: 'login' }))
    await atOnce(world, person, readyForm(page, 'login', { password }))
    const tokens = tokensOf(await redeem(world, first))
    expect((await refresh(world, world.c1, tokens.refresh)).status).toBe(200)
  })
})

test('E01 two browsers that sign the same person in at once have a session each', async () => {
  const world = await aWorld()
  const granted = await Promise.all([getCode(world), getCode(world)])
  const sids = granted.map(({ person }) => cookiesOf(world, person).match(/signet-session=(ses_[^.]+)/)?.[1])
  expect(new Set(sids).size).toBe(2)
  expect(await world.server.stores.facts.listSessions(world.u1.sub, world.server.clock.now())).toHaveLength(2)
  world.check()
  await world.close()
})
