import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Shape } from './machine.ts'
import { type Answer, type App, aRunningServer, type RunningServer, redirectUri } from './running-server.ts'

const person = { username: 'ada', password: 'a quiet river at dusk' }
const scope = 'openid photos:read'

let server: RunningServer
let app: App
let tokens: Answer

beforeAll(async () => {
  server = await aRunningServer()
  await server.json(['apis', 'create', '--audience', 'https://api.example', '--scope', 'photos:read=See photos'])
  await server.json(['users', 'create', '--username', 'ada', '--password-stdin'], { input: person.password })
  const grants = ['--grant', 'authorization_code', 'refresh_token', 'client_credentials', '--scope', scope]
  const args = ['clients', 'create', '--id', 'app', '--name', 'App', '--redirect-uri', redirectUri, ...grants]
  app = await server.json<Shape & App>(args)
  tokens = await server.signIn(app, person, scope)
})
afterAll(async () => {
  const { code } = await server.stop()
  expect(code).toBe(0)
})

const refresh = ({ body }: Answer): Promise<Answer> =>
  server.token(app, { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' })

const inspect = (token: string | undefined): Promise<Shape & { findings: Shape[] }> =>
  server.json(['tokens', 'inspect', '-'], { input: token ?? '' })

const whats = ({ findings }: { findings: Shape[] }): unknown[] => findings.map(({ what }) => what)

describe('tokens inspect', () => {
  test('an access token: header, claims, signature, expiry, revocation, key', async () => {
    const seen = await inspect(tokens.body.access_token)
    expect(seen).toMatchObject({
      kind: 'access_token',
      valid: true,
      header: { typ: 'at+jwt', alg: 'ES256' },
      claims: { iss: server.issuer, client_id: 'app', aud: 'https://api.example', scope: 'photos:read' },
      key: { alg: 'ES256', state: 'active' },
    })
    expect(whats(seen)).toEqual(expect.arrayContaining(['The signature is right.', 'It is not revoked.']))
  })

  test('an ID token and a refresh token, which is not used up by it', async () => {
    expect(await inspect(tokens.body.id_token)).toMatchObject({ kind: 'id_token', valid: true })
    const seen = await inspect(tokens.body.refresh_token)
    expect(seen).toMatchObject({ kind: 'refresh_token', valid: true, claims: { client_id: 'app', generation: 1 } })
    expect(whats(seen)).toContain('The MAC is right.')
  })

  test('what was altered, or is of another maker, is not valid', async () => {
    const [header, payload, signature = ''] = String(tokens.body.access_token).split('.')
    const other = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
    const forged = await inspect(`${header}.${payload}.${other}`)
    expect([forged.valid, whats(forged)]).toEqual([false, expect.arrayContaining(['The signature is wrong.'])])
    const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`
    expect(await inspect(unsigned)).toMatchObject({ valid: false })
    const mac = String(tokens.body.refresh_token).replace(/.{43}$/, 'A'.repeat(43))
    expect(whats(await inspect(mac))).toContain(
      'The MAC is wrong: it was altered, or made for another client or issuer.',
    )
    expect(await inspect('not a token')).toMatchObject({ kind: 'unknown', valid: false })
  })
})

test('sessions and consents are listed', async () => {
  const sessions = await server.json<Shape[]>(['sessions', 'list', '--user', 'ada'])
  expect(sessions).toMatchObject([
    { id: expect.any(String), amr: ['pwd'], address: expect.stringContaining('127.0.0.1') },
  ])
  const consents = await server.json<Shape[]>(['consents', 'list', '--user', 'ada'])
  expect(consents).toMatchObject([{ client_id: 'app', scope }])
})

test('the secret that was rotated out works on beside the new one', async () => {
  const made = await server.json<Shape & App>(['clients', 'rotate-secret', 'app'])
  const form = { grant_type: 'client_credentials' }
  expect([(await server.token(app, form)).status, (await server.token(made, form)).status]).toEqual([200, 200])
  await server.json(['clients', 'rotate-secret', 'app', '--overlap', '0s', '--yes', '--secret-stdin'], {
    input: 'x7Kq2mWz0cQe1T8bX5nL7sJ4hR6uDfGp',
  })
  const old = { ...app }
  app = { client_id: 'app', client_secret: 'x7Kq2mWz0cQe1T8bX5nL7sJ4hR6uDfGp' }
  const statuses = [await server.token(old, form), await server.token(made, form), await server.token(app, form)]
  expect(statuses.map(({ status }) => status)).toEqual([401, 401, 200])
})

test('an access token is revoked alone, a refresh token with its sign-in', async () => {
  const { access_token: access = '', refresh_token: first = '', id_token: id = '' } = tokens.body
  const revoke = ['tokens', 'revoke', '-', '--yes']
  expect(await server.json(revoke, { input: access })).toEqual({ revoked: true, kind: 'access_token' })
  expect(whats(await inspect(access))).toContain('It was revoked, or what it depends on has ended.')
  const next = await refresh(tokens)
  expect(next.status).toBe(200)
  expect(await server.json(revoke, { input: first })).toEqual({ revoked: true, kind: 'refresh_token' })
  expect(await refresh(next)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  expect((await server.signet(revoke, { input: id })).code).toBe(7)
  expect((await server.signet(revoke, { input: 'rubbish' })).code).toBe(3)
})

test('consents revoke: what was allowed is forgotten and its tokens end', async () => {
  tokens = await server.signIn(app, person, scope)
  expect((await server.signet(['consents', 'revoke', '--user', 'ada'])).code).toBe(2)
  const args = ['consents', 'revoke', '--user', 'ada', '--client', 'app', '--yes']
  expect(await server.json(args)).toMatchObject({ revoked: ['app'] })
  expect(await refresh(tokens)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  expect((await server.signet(args)).code).toBe(3)
})

test('sessions revoke: one session, then a person everywhere', async () => {
  tokens = await server.signIn(app, person, scope)
  const [newest] = await server.json<Shape[]>(['sessions', 'list', '--user', 'ada'])
  const id = String(newest?.id)
  expect(await server.json(['sessions', 'revoke', id, '--yes'])).toEqual({ sessions: [id] })
  expect(await refresh(tokens)).toMatchObject({ status: 400 })

  tokens = await server.signIn(app, person, scope)
  const ended = await server.json<Shape & { sessions: string[] }>(['sessions', 'revoke', '--user', 'ada', '--yes'])
  expect(ended.sessions.length).toBeGreaterThan(0)
  expect(await refresh(tokens)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  expect(await inspect(tokens.body.access_token)).toMatchObject({ valid: false })
  expect(await server.json(['sessions', 'list', '--user', 'ada'])).toEqual([])
})

test('a client that was disabled gets nothing any more, without a restart', async () => {
  await server.json(['clients', 'disable', 'app', '--yes'])
  const form = { grant_type: 'client_credentials' }
  expect(await server.token(app, form)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  await server.json(['clients', 'enable', 'app'])
  expect((await server.token(app, form)).status).toBe(200)
})

test('keys rotate at once: the running server signs with the new key within seconds', async () => {
  const { kid } = await server.json(['keys', 'rotate', '--now'])
  const signedBy = async (): Promise<unknown> => {
    const { body } = await server.token(app, { grant_type: 'client_credentials', scope: 'photos:read' })
    return JSON.parse(Buffer.from(String(body.access_token).split('.')[0] ?? '', 'base64url').toString()).kid
  }
  await expect.poll(signedBy, { timeout: 10_000, interval: 200 }).toBe(kid)
})

test('doctor finds nothing wrong, and the clock and the rights when they are', async () => {
  const seen = await server.json<Shape & { findings: Shape[] }>(['doctor'])
  expect(seen.ok).toBe(true)
  expect(whats(seen)).toEqual(
    expect.arrayContaining([expect.stringContaining('open with keys.secret'), 'No key is overdue.']),
  )
})
