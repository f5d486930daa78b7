import { expect } from 'vitest'
import { postReady } from '../../security/support/forms.ts'
import {
  authorizeUrl,
  clientToken,
  cookiesOf,
  introspect,
  redeem,
  refresh,
  revoke,
  userInfo,
} from '../../security/support/steps.ts'
import type { Answer, World } from '../../security/support/world.ts'
import type { Fault, Left } from './faults.ts'
import type { Prepared } from './prepare.ts'

/** One row of the table: what an endpoint cannot do without, and what it answers where it has that. */
export type Endpoint = {
  readonly name: string
  /** In which words it tells that it cannot answer. */
  readonly door: 'json' | 'page'
  readonly redis: Left
  /** `remembered`: records of clients, people or APIs, which outlive SQL for a while, and Redis' messages not at all. */
  readonly sql: Left | 'remembered'
  ask(world: World, prepared: Prepared): Promise<Answer>
  works(answer: Answer): void
}

const amount = { nothing: 0, reads: 1, all: 2 } as const

/** Whether an endpoint can answer while a fault lasts. */
export function isOpen({ redis, sql }: Endpoint, fault: Fault): boolean {
  const needed = sql !== 'remembered' ? sql : fault.redis === 'nothing' ? 'reads' : 'nothing'
  return amount[fault.redis] >= amount[redis] && amount[fault.sql] >= amount[needed]
}

const withStatus = (status: number) => (answer: Answer) => expect(answer.status, answer.text).toBe(status)

const refuses = (status: number, error: string) => (answer: Answer) =>
  expect({ status: answer.status, error: answer.json.error }, answer.text).toEqual({ status, error })

const isActive = (answer: Answer) => expect(answer.json.active, answer.text).toBe(true)

const isToken = (answer: Answer) => expect(answer.json.access_token, answer.text).toEqual(expect.any(String))

const leadsTo = (path: string) => (answer: Answer) => {
  expect(answer.status, answer.text).toBe(303)
  expect(`${answer.location?.origin}${answer.location?.pathname}`).toContain(path)
}

/** The table of the design, row by row; long because it is one. */
export const endpoints: readonly Endpoint[] = [
  {
    name: 'discovery',
    door: 'json',
    redis: 'nothing',
    sql: 'nothing',
    ask: (world) => world.send('/.well-known/openid-configuration'),
    works: withStatus(200),
  },
  {
    name: 'JWKS',
    door: 'json',
    redis: 'nothing',
    sql: 'nothing',
    ask: (world) => world.send('/.well-known/jwks.json'),
    works: withStatus(200),
  },
  {
    name: 'authorize, at a new browser',
    door: 'page',
    redis: 'all',
    sql: 'remembered',
    ask: (world) => world.send(authorizeUrl(world, world.c1)),
    works: leadsTo('/login'),
  },
  {
    name: 'authorize, of somebody who is signed in',
    door: 'page',
    redis: 'all',
    sql: 'reads',
    ask: (world, { kept }) =>
      world.send(authorizeUrl(world, world.c1), { headers: { cookie: cookiesOf(world, kept.person) } }),
    works: leadsTo('https://c1.test/cb'),
  },
  {
    name: 'the sign-in page',
    door: 'page',
    redis: 'reads',
    sql: 'remembered',
    ask: (world, { login }) => world.send(login.action, { headers: { cookie: login.cookie } }),
    works: withStatus(200),
  },
  {
    name: 'signing in',
    door: 'page',
    redis: 'all',
    sql: 'all',
    ask: (world, { login }) => postReady(world, login, login),
    works: leadsTo('/authorize/continue'),
  },
  {
    name: 'consenting',
    door: 'page',
    redis: 'all',
    sql: 'all',
    ask: (world, { consent }) => postReady(world, consent, consent),
    works: leadsTo('https://c2.test/cb'),
  },
  {
    name: 'signing out',
    door: 'page',
    redis: 'all',
    sql: 'all',
    ask: (world, { leaving }) =>
      world.send(`/logout?id_token_hint=${leaving.id}`, { headers: { cookie: cookiesOf(world, leaving.person) } }),
    works: withStatus(200),
  },
  {
    name: 'token: refresh',
    door: 'json',
    redis: 'all',
    sql: 'remembered',
    ask: (world, { plain }) => refresh(world, plain.client, plain.refresh),
    works: isToken,
  },
  {
    name: 'token: refresh with claims of a person who is remembered',
    door: 'json',
    redis: 'all',
    sql: 'remembered',
    ask: (world, { withRoles }) => refresh(world, withRoles.client, withRoles.refresh),
    works: isToken,
  },
  {
    name: 'token: refresh for an API',
    door: 'json',
    redis: 'all',
    sql: 'remembered',
    ask: (world, { forApi }) => refresh(world, forApi.client, forApi.refresh),
    works: isToken,
  },
  {
    name: 'token: a refresh token that was used before',
    door: 'json',
    redis: 'all',
    sql: 'all',
    ask: (world, { stale }) => refresh(world, stale.client, stale.refresh),
    works: refuses(400, 'invalid_grant'),
  },
  {
    name: 'token: code',
    door: 'json',
    redis: 'all',
    sql: 'all',
    ask: (world, { granted }) => redeem(world, granted),
    works: isToken,
  },
  {
    name: 'token: client_credentials',
    door: 'json',
    redis: 'nothing',
    sql: 'remembered',
    ask: (world) => clientToken(world, world.c1, { scope: world.rs1.scope }),
    works: isToken,
  },
  {
    name: 'token: a wrong secret',
    door: 'json',
    redis: 'nothing',
    sql: 'reads',
    ask: (world) => clientToken(world, { ...world.c1, secret: 'not-the-secret' }),
    works: refuses(401, 'invalid_client'),
  },
  {
    name: 'token: an unknown client',
    door: 'json',
    redis: 'nothing',
    sql: 'reads',
    ask: (world) => clientToken(world, { ...world.c1, id: 'nobody' }),
    works: refuses(401, 'invalid_client'),
  },
  {
    name: 'revoke',
    door: 'json',
    redis: 'all',
    sql: 'all',
    ask: (world, { revoked }) => revoke(world, revoked.client, revoked.refresh),
    works: withStatus(200),
  },
  {
    name: 'introspect: an access token',
    door: 'json',
    redis: 'reads',
    sql: 'remembered',
    ask: (world, { kept }) => introspect(world, kept.client, kept.access),
    works: isActive,
  },
  {
    name: 'introspect: a refresh token',
    door: 'json',
    redis: 'reads',
    sql: 'remembered',
    ask: (world, { kept }) => introspect(world, kept.client, kept.refresh),
    works: isActive,
  },
  {
    name: 'UserInfo',
    door: 'json',
    redis: 'reads',
    sql: 'remembered',
    ask: (world, { kept }) => userInfo(world, kept.access),
    works: withStatus(200),
  },
]
