import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import type { Stores } from '#stores/stores.ts'
import { readyForm } from './support/forms.ts'
import { expectPagePolicy } from './support/page-policy.ts'
import {
  authorizeUrl,
  clientToken,
  cookiesOf,
  type Granted,
  getCode,
  introspect,
  redeem,
  refresh,
  revoke,
  signIn,
  type Tokens,
  userInfo,
} from './support/steps.ts'
import { type Answer, aWorld, type World } from './support/world.ts'

/** What a driver says when it breaks: addresses, commands, passwords. None of it may be told outside. */
const said =
  'ECONNREFUSED postgresql://signet:canary-of-the-database@10.1.2.3:5432/signet SELECT "passwordHash" FROM users'
/** Which pages need which store, so that a store that nothing asks is no pass. */
const needed = {
  attempts: 'authorize by POST,login',
  audit: 'login,logout',
  clients: 'authorize,authorize by POST,page,login,logout',
  codes: 'authorize',
  consents: 'authorize,page',
  facts: 'login',
  requests: 'authorize by POST,page,login',
  revocations: 'authorize,page,login,logout,home',
  sessions: 'authorize,page,login,logout,home',
  users: 'authorize,page,login,logout,home',
} as const
const rooms = [...Object.keys(needed), 'families', 'apis']

/** Stores that fail when told so: each method of the broken rooms rejects. */
function fragile() {
  const broken = new Map<string, () => Error>()
  const guard = <T extends object>(name: string, store: T): T =>
    new Proxy(store, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          const fault = broken.get(name)
          if (fault) throw fault()
          return Reflect.apply(value, target, args)
        }
      },
    })
  return {
    broken,
    tamper: (stores: Stores): Stores =>
      Object.fromEntries(
        Object.entries(stores).map(([name, store]) => [
          name,
          typeof store === 'object' && store !== null && name !== 'keys' ? guard(name, store) : store,
        ]),
      ) as Stores,
  }
}

const { broken, tamper } = fragile()
let world: World
let tokens: Tokens
beforeAll(async () => {
  world = await aWorld({ tamper })
  tokens = await signIn(world, { changes: { scope: 'openid offline_access' } })
})
afterEach(() => broken.clear())
afterAll(() => world.close())

/** An answer that tells no more than that it did not work. */
function expectGeneric(answer: Answer, because: string, status: number): void {
  expect(answer.status, because).toBe(status)
  for (const word of [
    'ECONNREFUSED',
    'canary',
    '10.1.2.3',
    'SELECT',
    'passwordHash',
    'postgres',
    'node_modules',
    '.ts:',
    'at async',
  ]) {
    expect(answer.text + JSON.stringify([...answer.headers]), `${because} ${word}`).not.toContain(word)
  }
  expect(answer.headers.get('retry-after') !== null, because).toBe(status === 503)
  expect(answer.headers.get('cache-control'), because).toBe('no-store')
  expect(answer.headers.get('set-cookie') ?? '', because).not.toContain('signet-session')
}

type Ask = (granted: Granted) => Promise<Answer>
const pages: Record<string, (state: { page: URL; cookie: string; body: URLSearchParams }) => Promise<Answer>> = {
  authorize: ({ cookie }) => world.send(authorizeUrl(world, world.c1), { headers: { cookie } }),
  'authorize by POST': ({ cookie }) =>
    world.send('/authorize', { method: 'POST', body: authorizeUrl(world, world.c1).searchParams, headers: { cookie } }),
  page: ({ page, cookie }) => world.send(page, { headers: { cookie } }),
  login: ({ page, cookie, body }) => world.send(page, { method: 'POST', headers: { cookie }, body }),
  logout: ({ cookie }) => world.send(`/logout?id_token_hint=${tokens.id}`, { headers: { cookie } }),
  home: ({ cookie }) => world.send('/', { headers: { cookie } }),
}
const machines: Record<string, Ask> = {
  code: (granted) => redeem(world, granted),
  refresh: () => refresh(world, world.c1, tokens.refresh),
  'client credentials': () => clientToken(world, world.c1),
  introspect: () => introspect(world, world.c1, tokens.access),
  userinfo: () => userInfo(world, tokens.access),
  revoke: () => revoke(world, world.c2, tokens.refresh),
}

describe.each([
  { kind: 'cannot be reached', fault: () => new Unavailable(said, { cause: new Error(said) }), status: 503 },
  { kind: 'has a bug', fault: () => new TypeError(said), status: 500 },
])('E19 a store that $kind', ({ fault, status }) => {
  test.each(Object.entries(needed))(
    'E19 %s: people see a page that says nothing of it, with a request id',
    async (room, by) => {
      const { person } = await getCode(world, { user: world.u2 })
      const login = await person.browser.open(authorizeUrl(world, world.c1, { prompt: 'login' }))
      const { body } = readyForm(login, 'login', { username: world.u2.username, password: world.u2.password })
      const cookie = cookiesOf(world, person)
      broken.set(room, fault)
      const failed: string[] = []
      for (const [name, ask] of Object.entries(pages)) {
        const answer = await ask({ page: login.url, cookie, body })
        if (answer.status < 500) continue
        failed.push(name)
        expectGeneric(answer, `${room} ${name}`, status)
        expectPagePolicy(answer, "'self'", name)
        expect(answer.text, name).toMatch(/Request id<\/dt><dd>.*<code>[\w-]{16}<\/code>/)
      }
      expect(failed.join(',')).toBe(by)
      expect(world.server.log.join('\n')).not.toContain('canary-of-the-database')
      world.check([status])
    },
  )

  test.each(rooms)(
    'E19 %s: machines get JSON, and never a refusal that would make them throw tokens away',
    async (room) => {
      const granted = await getCode(world, { changes: { prompt: 'login' } })
      broken.set(room, fault)
      for (const [name, ask] of Object.entries(machines)) {
        const answer = await ask(granted)
        expect(['invalid_grant', 'invalid_token', 'invalid_client'], `${room} ${name}`).not.toContain(answer.json.error)
        expect(answer.json, `${room} ${name}`).not.toEqual({ active: false })
        if (answer.status < 500) continue
        expectGeneric(answer, `${room} ${name}`, status)
        expect(answer.json.error, name).toBe(status === 503 ? 'temporarily_unavailable' : 'server_error')
      }
      broken.clear()
      expect((await refresh(world, world.c1, tokens.refresh)).status).toBe(200)
      world.check([status])
    },
  )
})
