import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Shape } from './machine.ts'
import { type Answer, type App, aRunningServer, type RunningServer, redirectUri } from './running-server.ts'

const ada = { username: 'ada', password: 'a quiet river at dusk' }
const scope = 'openid offline_access photos:read'

let server: RunningServer
let app: App

beforeAll(async () => {
  server = await aRunningServer()
  await server.json(['apis', 'create', '--audience', 'https://api.example', '--scope', 'photos:read=See photos'])
  await server.json(['users', 'create', '--username', 'ada', '--password-stdin'], { input: ada.password })
  const grants = ['--grant', 'authorization_code', 'refresh_token', 'client_credentials', '--scope', scope]
  app = await server.json<Shape & App>(['clients', 'create', '--name', 'App', '--redirect-uri', redirectUri, ...grants])
})
afterAll(async () => void (await server.stop()))

/** Everything that a person and an application can be given. */
async function everyToken(): Promise<Answer & { readonly all: readonly string[] }> {
  const answer = await server.signIn(app, ada, scope)
  const alone = await server.token(app, { grant_type: 'client_credentials', scope: 'photos:read' })
  const { access_token = '', refresh_token = '' } = answer.body
  return { ...answer, all: [access_token, refresh_token, alone.body.access_token ?? ''] }
}

async function introspect(tokens: readonly string[]): Promise<readonly unknown[]> {
  const authorization = `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString('base64')}`
  const ask = async (token: string) => {
    const body = new URLSearchParams({ token })
    const response = await fetch(`${server.issuer}/introspect`, { method: 'POST', headers: { authorization }, body })
    return ((await response.json()) as Shape).active
  }
  return Promise.all(tokens.map(ask))
}

const refresh = ({ body }: Answer): Promise<Answer> =>
  server.token(app, { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' })

async function events(): Promise<readonly Shape[]> {
  return server.json<Shape[]>(['audit', 'list'])
}

test('sessions revoke --everyone asks, says how far it reaches, and ends every session and token', async () => {
  const given = await everyToken()
  const asked = await server.signet(['sessions', 'revoke', '--everyone'])
  expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('1 sessions, 1 sign-ins at clients')])
  const { out } = await server.signet(['sessions', 'revoke', '--everyone', '--dry-run'])
  expect(out).toContain('Would: Everything ends: 1 sessions, 1 sign-ins')
  expect(await introspect(given.all)).toEqual([true, true, true])

  const ended = await server.json(['sessions', 'revoke', '--everyone', '--yes'])
  expect(ended).toEqual({ everyone: true, sessions: 1, sign_ins: 1 })
  expect(await introspect(given.all)).toEqual([false, false, false])
  expect(await refresh(given)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  expect(await server.json(['sessions', 'list', '--user', 'ada'])).toEqual([])
  expect((await events()).at(-1)).toMatchObject({ event: 'everything.revoked', details: { sessions: 1, signIns: 1 } })
  expect((await server.signet(['sessions', 'revoke', '--everyone', '--user', 'ada', '--yes'])).code).toBe(2)
})

test('a compromised MAC key leaves the ring, another takes over, and everything ends', async () => {
  const given = await everyToken()
  expect(await introspect(given.all)).toEqual([true, true, true])
  const macKid = async (): Promise<unknown> =>
    (await server.json<Shape[]>(['keys', 'list'])).filter(({ alg }) => alg === 'HS256').map(({ kid }) => kid)
  const before = await macKid()
  const [kid = ''] = before as string[]
  const asked = await server.signet(['keys', 'retire', kid, '--compromised'])
  expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('Everything ends: 1 sessions')])
  expect(await macKid()).toEqual(before)

  const retired = await server.json<Shape & { successor: Shape }>(['keys', 'retire', kid, '--compromised', '--yes'])
  expect(retired).toMatchObject({ kid, compromised: true, sessions: 1, sign_ins: 1, successor: { alg: 'HS256' } })
  expect(await macKid()).toEqual([retired.successor.kid])
  expect(await introspect(given.all)).toEqual([false, false, false])
  expect(await refresh(given)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  const last = (await events()).slice(-3)
  expect(last.map(({ event }) => event)).toEqual(['key.compromised', 'key.created', 'everything.revoked'])

  const again = await everyToken()
  expect((await refresh(again)).status).toBe(200)
})

test('a key that was retired and its successor are both in the trail', async () => {
  const keys = await server.json<Shape[]>(['keys', 'list'])
  const { kid } = keys.find(({ alg }) => alg === 'RS256') ?? {}
  const { successor } = await server.json<Shape & { successor: Shape }>(['keys', 'retire', String(kid)])
  expect((await events()).slice(-2)).toMatchObject([
    { event: 'key.retired', details: { kid } },
    { event: 'key.created', details: { kid: successor.kid, alg: 'RS256' } },
  ])
  await server.json(['keys', 'retire', String(kid)])
  expect((await events()).at(-1)).toMatchObject({ event: 'key.retired' })
})
