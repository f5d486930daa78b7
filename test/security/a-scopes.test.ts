import { describe, expect, test } from 'vitest'
import { expectErrorAt } from './support/answers.ts'
import { expectCheap } from './support/cpu-time.ts'
import { authorizeUrl, getCode, parameters, redeem, signIn, tokensOf } from './support/steps.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()

describe('A24 scopes are read quickly and literally', () => {
  const malformed = [
    'openid\0admin',
    'openid%00admin',
    '"openid"',
    'openid\tprofile',
    'openid\nprofile',
    'openid\u00a0profile',
    'openid\u2003profile',
    'openid\u200bprofile',
    'openid\\profile',
    'ορenid',
    'openid profile\u3000email',
    'x '.repeat(101),
    'x'.repeat(5000),
    '\ufeffopenid',
    ' ',
    '   ',
  ]

  test.each(malformed.map((scope) => [scope.slice(0, 20), scope]))('A24 %j is refused', async (_shown, scope) => {
    const answer = await world.send('/authorize', {
      method: 'POST',
      body: authorizeUrl(world, world.c1, { scope }).searchParams,
    })
    expectErrorAt(world, world.c1, answer, 'invalid_scope')
  })

  test('A24 what a client is not registered for is dropped, and alone refused', async () => {
    await world.server.clients.create({ id: 'small', name: 'small', redirectUris: ['https://small.test/cb'] }, 'test')
    const client = { ...world.c1, id: 'small', redirectUri: 'https://small.test/cb' }
    for (const scope of ['email', 'rs1:read', 'admin', 'offline_access', 'OPENID', 'openid_x', '__proto__']) {
      expectErrorAt(world, client, await world.send(authorizeUrl(world, client, { scope })), 'invalid_scope')
    }
    const { answer } = await signIn(world, {
      changes: { scope: 'openid admin __proto__ constructor rs3:read openid%00admin openid' },
    })
    expect(answer.json.scope).toBe('openid')
  })

  test('A24 ten thousand scopes and a megabyte cost nothing', async () => {
    const many = Array.from({ length: 10_000 }, (_each, at) => `s${at}`).join(' ')
    const post = (scope: string) => () =>
      world.send('/authorize', { method: 'POST', body: authorizeUrl(world, world.c1, { scope }).searchParams })
    for (const scope of [
      many,
      ' '.repeat(60_000),
      'openid '.repeat(8000),
      'x'.repeat(1_000_000),
      `${'a '.repeat(30_000)}\0`,
    ]) {
      await expectCheap(post(scope), scope.slice(0, 20))
    }
    expectErrorAt(world, world.c1, await post(many)(), 'invalid_scope')
    expect((await post('x'.repeat(1_000_000))()).status).toBe(413)
    expect((await world.send(authorizeUrl(world, world.c1, { scope: many }))).status).toBe(431)
  })

  test('A24 the same at the token endpoint', async () => {
    const granted = await getCode(world, { changes: { scope: 'openid offline_access' } })
    const { refresh } = tokensOf(await redeem(world, granted))
    for (const scope of ['openid\0admin', 'openid\tprofile', 'x '.repeat(101), '"', 'openid admin', 'openid email']) {
      const body = parameters({ grant_type: 'refresh_token', refresh_token: refresh, scope, client_id: 'c1' })
      const headers = { authorization: `Basic ${Buffer.from(`c1:${world.c1.secret}`).toString('base64')}` }
      const answer = await world.send('/token', { method: 'POST', body, headers })
      expect([answer.status, answer.json.error], scope.slice(0, 20)).toEqual([400, 'invalid_scope'])
    }
  })
})
