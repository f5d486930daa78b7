import { decodeJwt } from 'jose'
import { describe, expect, test, vi } from 'vitest'
import { guess, openForm } from './support/guesses.ts'
import {
  authorizeUrl,
  cookiesOf,
  getCode,
  introspect,
  personOf,
  redeem,
  refresh,
  signIn,
  type Tokens,
  userInfo,
} from './support/steps.ts'
import { type KnownUser, theWorld } from './support/world.ts'

// Hundreds of hashes: minutes on a machine that is busy otherwise.
vi.setConfig({ testTimeout: 120_000 })

const world = await theWorld({ flags: { 'throttle.perAddress': '100000', 'passwords.queue': '60s' } })
const { server, c1, c2, p1, rs1 } = world
const everything = { scope: 'openid offline_access rs1:read', resource: rs1.audience }
let next = 0

async function aUser(username = `user-${++next}`): Promise<KnownUser> {
  const password = `canary-of-${username}-${Math.random().toString(36).slice(2)}`
  world.keepSecret(password)
  const { sub } = await server.users.create(
    { username, email: `${username}@people.test`, emailVerified: true },
    password,
    'test',
  )
  return { sub, username, password }
}

/** What a person's sign-ins still open, by name; empty where nothing works any more. */
async function stillWorks(all: readonly Tokens[]): Promise<string[]> {
  const works: string[] = []
  for (const { client, person, access, refresh: token } of all) {
    const headers = { cookie: cookiesOf(world, person) }
    const silent = await world.send(authorizeUrl(world, client, { prompt: 'none', scope: 'openid' }), { headers })
    const page = await world.send(authorizeUrl(world, client), { headers })
    if (silent.location?.searchParams.get('error') !== 'login_required') works.push(`${client.id} session`)
    if (page.location?.pathname !== '/login') works.push(`${client.id} page`)
    if ((await refresh(world, client, token)).status !== 400) works.push(`${client.id} refresh`)
    if ((await userInfo(world, access)).status === 200) works.push(`${client.id} userinfo`)
    const caller = client.secret ? client : c1
    for (const by of [caller, rs1.client]) {
      if ((await introspect(world, by, access)).json.active) works.push(`${client.id} access at ${by.id}`)
      if ((await introspect(world, by, token)).json.active) works.push(`${client.id} refresh at ${by.id}`)
    }
  }
  return works
}

/** Two browsers, three apps: bound families, offline ones, and tokens for an API. */
async function signedInEverywhere(user: KnownUser): Promise<Tokens[]> {
  const first = await signIn(world, { user, client: c1 })
  const { person } = first
  const api = await signIn(world, { person, client: c2, changes: everything })
  return [
    first,
    api,
    await signIn(world, { user, client: p1 }),
    await signIn(world, { user, client: c1, changes: everything }),
  ]
}

async function mayComeIn({ username, password }: Pick<KnownUser, 'username' | 'password'>): Promise<boolean> {
  return (await guess(world, await openForm(world), { username, password })).status === 303
}

describe('F25 people who are disabled, deleted or made anew', () => {
  test('F25 disabled: nothing works any more, codes and open pages included; enabled again nothing old comes back', async () => {
    const user = await aUser()
    const all = await signedInEverywhere(user)
    expect((await stillWorks(all)).length).toBeGreaterThan(10)
    const code = await getCode(world, { user, client: c2 })
    const waiting = personOf(world, user)
    const consent = await waiting.signIn(await waiting.browser.open(authorizeUrl(world, c2, { prompt: 'consent' })))
    await server.users.disable(user.sub, 'test')
    expect(await stillWorks(all)).toEqual([])
    expect((await redeem(world, code)).json.error).toBe('invalid_grant')
    expect((await waiting.consent(consent)).status).toBe(403)
    expect(await mayComeIn(user)).toBe(false)
    await server.users.enable(user.sub, 'test')
    expect(await stillWorks(all)).toEqual([])
    expect(await mayComeIn(user)).toBe(true)
  })

  test('F25 deleted and made anew under the same names: another sub, and nothing of the old one counts', async () => {
    const user = await aUser()
    const all = await signedInEverywhere(user)
    const mark = /signet-device=[^;]+/.exec(cookiesOf(world, all[0]?.person ?? personOf(world, user)))?.[0] ?? ''
    await server.users.remove(user.sub, 'test')
    expect(await stillWorks(all)).toEqual([])
    expect(await mayComeIn(user)).toBe(false)
    const anew = await aUser(user.username)
    expect(anew.sub).not.toBe(user.sub)
    expect(await stillWorks(all)).toEqual([])
    expect(await mayComeIn(user)).toBe(false)
    const asked = personOf(world, anew)
    const page = await asked.signIn(await asked.browser.open(authorizeUrl(world, c1)))
    expect(page.url.pathname, 'the old consent is gone').toBe('/consent')
    const { id } = await signIn(world, { user: anew })
    expect(decodeJwt(id).sub).toBe(anew.sub)
    const open = await openForm(world)
    for (let at = 0; at < 10; at++)
      await guess(world, open, { username: anew.username, password: 'x', from: '127.0.0.8' })
    const known = await guess(world, open, { ...anew, from: '127.0.0.8', cookie: mark })
    expect(known.status, 'the old mark is for the old account').toBe(429)
  })

  test('F25 a name that was given up opens nothing, and whoever takes it gets nothing of it', async () => {
    const user = await aUser()
    const tokens = await signIn(world, { user })
    await server.users.update(user.sub, { username: `${user.username}-renamed` }, 'test')
    expect(await mayComeIn(user)).toBe(false)
    expect(await mayComeIn({ ...user, username: `${user.username}-renamed` })).toBe(true)
    const other = await server.users.create({ username: user.username }, 'canary-of-the-heir', 'test')
    expect((await userInfo(world, tokens.access)).json.sub).toBe(user.sub)
    expect(other.sub).not.toBe(user.sub)
    await expect(server.users.create({ username: `${user.username}@people.test` }, undefined, 'test')).rejects.toThrow()
  })
})

describe('F27 a new password', () => {
  test('F27 ends every session and family, offline ones too, at every browser and app', async () => {
    const user = await aUser()
    const all = await signedInEverywhere(user)
    const code = await getCode(world, { user, client: c2 })
    const somebody = await signIn(world, { user: world.u2 })
    await server.users.setPassword(user.sub, 'canary-of-the-new-password', 'test')
    world.keepSecret('canary-of-the-new-password')
    expect(await stillWorks(all)).toEqual([])
    expect((await redeem(world, code)).json.error).toBe('invalid_grant')
    expect(await mayComeIn(user)).toBe(false)
    expect(await mayComeIn({ ...user, password: 'canary-of-the-new-password' })).toBe(true)
    expect((await stillWorks([somebody])).length).toBeGreaterThan(3)
  })

  test('F27 a form that was open with the old password, or that races the change, leaves no session behind', async () => {
    const user = await aUser()
    const { form, cookie } = await openForm(world)
    const racing = Array.from({ length: 8 }, () => guess(world, { form, cookie }, user))
    await server.users.setPassword(user.sub, 'canary-of-the-race', 'test')
    const answers = await Promise.all(racing)
    for (const { headers } of answers) {
      const session =
        headers
          .getSetCookie()
          .find((line) => line.startsWith('signet-session='))
          ?.split(';')[0] ?? ''
      const silent = await world.send(authorizeUrl(world, c1, { prompt: 'none' }), { headers: { cookie: session } })
      expect(silent.location?.searchParams.get('error')).toBe('login_required')
    }
    expect((await guess(world, { form, cookie }, user)).status).toBe(400)
  })
})
