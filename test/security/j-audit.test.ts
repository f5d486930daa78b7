import { describe, expect, test } from 'vitest'
import type { AuditEvent } from '#core/audit/audit-event.ts'
import {
  authorizeUrl,
  clientToken,
  getCode,
  personOf,
  redeem,
  refresh,
  revoke,
  signIn,
  tokensOf,
} from './support/steps.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld({ flags: { 'throttle.perPair': '3' } })
const { c1, c2, u1, u2, server, issuer } = world
const operator = 'operator:grace'

/** What the trail tells of something, oldest first. */
async function eventsOf(what: () => Promise<unknown>): Promise<readonly AuditEvent[]> {
  await server.flush()
  const before = new Set((await server.stores.audit.list({})).map(({ id }) => id))
  await what()
  await server.flush()
  return (await server.stores.audit.list({})).filter(({ id }) => !before.has(id))
}

const here = { address: '127.0.0.1', requestId: expect.any(String), agent: expect.any(String) }

test('J17 a sign-in with consent and tokens: one event each, with who, where and how it ended', async () => {
  const person = personOf(world, u1)
  const events = await eventsOf(() => signIn(world, { person }))
  const about = { ...here, outcome: 'success', userId: u1.sub, actor: `user:${u1.sub}` }
  expect(events.map(({ event }) => event).toSorted()).toEqual(
    ['code.issued', 'consent.given', 'sign_in.succeeded', 'token.issued'].toSorted(),
  )
  for (const event of events) expect(event).toMatchObject(about)
  for (const { event, clientId } of events) expect(clientId).toBe(event === 'sign_in.succeeded' ? undefined : c1.id)
  expect(new Set(events.map(({ sessionId }) => sessionId)).size).toBe(1)
})

test('J17 what fails is told as a failure: a wrong password, an unknown name, too many', async () => {
  const person = personOf(world, u2)
  const page = await person.browser.open(authorizeUrl(world, c1))
  const attempt = (username: string) => () =>
    person.browser.press(page, 'login', { username, password: 'wrong-word-1' })
  const failed = { ...here, outcome: 'failure' }
  expect(await eventsOf(attempt('nobody'))).toMatchObject([
    { ...failed, event: 'sign_in.failed', actor: 'user:unknown' },
  ])
  for (let times = 0; times < 3; times++) {
    expect(await eventsOf(attempt('u2'))).toMatchObject([{ ...failed, event: 'sign_in.failed', userId: u2.sub }])
  }
  expect(await eventsOf(attempt('u2'))).toMatchObject([{ ...failed, event: 'sign_in.throttled', userId: u2.sub }])
  server.clock.move(3600)
})

test('J17 consent denied, and signed out', async () => {
  const { person } = await signIn(world, { user: u2 })
  const page = await person.browser.open(authorizeUrl(world, c2))
  const denied = await eventsOf(() => person.deny(page))
  const about = { ...here, userId: u2.sub }
  expect(denied).toMatchObject([{ ...about, event: 'consent.denied', outcome: 'failure', clientId: c2.id }])
  const out = await person.browser.open(`${issuer}/logout`)
  const ended = await eventsOf(() => person.browser.press(out, 'logout'))
  expect(ended).toMatchObject([{ ...about, event: 'session.ended', outcome: 'success', sessionId: expect.any(String) }])
})

test('J17 the life of a token: refreshed, repeated from elsewhere, reused, revoked', async () => {
  const { refresh: first } = await signIn(world)
  const familyId = first.split('.')[1]
  const about = { clientId: c1.id, familyId, address: '127.0.0.1' }
  let second = ''
  const refreshed = await eventsOf(async () => {
    second = tokensOf(await refresh(world, c1, first)).refresh
  })
  expect(refreshed).toMatchObject([{ ...about, event: 'token.refreshed', details: { generation: 2 } }])
  const elsewhere = await eventsOf(() =>
    world.send('/token', {
      method: 'POST',
      headers: { 'user-agent': 'elsewhere', authorization: `Basic ${btoa(`${c1.id}:${c1.secret}`)}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: first }),
    }),
  )
  expect(elsewhere.map(({ event }) => event).toSorted()).toEqual(['token.refreshed', 'token.repeated_elsewhere'])
  await refresh(world, c1, second)
  const reused = await eventsOf(() => refresh(world, c1, first))
  expect(reused).toMatchObject([{ ...about, event: 'token.reused', outcome: 'failure', userId: u1.sub }])
  const other = await signIn(world)
  for (const token of [other.access, other.refresh]) {
    const revoked = await eventsOf(() => revoke(world, c1, token))
    expect(revoked).toMatchObject([
      { event: 'token.revoked', outcome: 'success', clientId: c1.id, address: '127.0.0.1' },
    ])
  }
})

test('J17 a code that leaks or comes back', async () => {
  const leaked = await getCode(world)
  expect(await eventsOf(() => redeem(world, leaked, { as: c2 }))).toMatchObject([
    {
      ...here,
      event: 'code.leaked',
      outcome: 'failure',
      clientId: c2.id,
      userId: u1.sub,
      details: { issuedTo: c1.id },
    },
  ])
  const spent = await getCode(world)
  await redeem(world, spent)
  expect(await eventsOf(() => redeem(world, spent))).toMatchObject([
    { ...here, event: 'code.replayed', outcome: 'failure', clientId: c1.id, userId: u1.sub },
  ])
})

test('J17 a client that cannot prove itself, known or not', async () => {
  for (const [client, clientId] of [
    [{ ...c1, secret: 'wrong' }, c1.id],
    [{ ...c1, id: 'nobody' }, undefined],
  ] as const) {
    const events = await eventsOf(() => clientToken(world, client))
    expect(events).toMatchObject([{ ...here, event: 'client.authentication_failed', outcome: 'failure', clientId }])
  }
})

describe('operators', () => {
  const { clients, users, apis } = server
  const audience = 'https://audited.test'
  const scopes = new Map([['audited:read', 'Read']])
  let sub = ''

  test.for<[string, () => Promise<unknown>]>([
    [
      'client.created',
      () => clients.create({ id: 'audited', name: 'A', grantTypes: ['client_credentials'] }, operator),
    ],
    ['client.updated', () => clients.update('audited', { name: 'B' }, operator)],
    ['client.secret_rotated', () => clients.rotateSecret('audited', { overlap: 0 }, operator)],
    ['token.revoked', () => clients.endTokens('audited', operator)],
    ['client.disabled', () => clients.disable('audited', operator)],
    ['client.enabled', () => clients.enable('audited', operator)],
    ['client.deleted', () => clients.remove('audited', operator)],
    ['api.created', () => apis.create({ audience, scopes }, operator)],
    ['api.updated', () => apis.update(audience, { lifetime: 60 }, operator)],
    ['api.deleted', () => apis.remove(audience, operator)],
    [
      'user.created',
      async () => {
        sub = (await users.create({ username: 'audited' }, 'a-canary-of-audited', operator)).sub
      },
    ],
    ['user.updated', () => users.update(sub, { claims: { name: 'B' } }, operator)],
    ['user.password_changed', () => users.setPassword(sub, 'another-canary-of-it', operator)],
    ['session.ended', () => users.signOut(sub, operator)],
    ['user.disabled', () => users.disable(sub, operator)],
    ['user.enabled', () => users.enable(sub, operator)],
    ['user.deleted', () => users.remove(sub, operator)],
  ])('J17 %s: one event, by the operator', async ([event, act]) => {
    const events = await eventsOf(act)
    expect(events).toMatchObject([{ event, outcome: 'success', actor: operator }])
    expect(JSON.stringify(events)).not.toContain('canary')
  })
})
