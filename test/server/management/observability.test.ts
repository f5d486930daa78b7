import { afterEach, expect, test } from 'vitest'
import { aPerson } from '#test/support/person.ts'
import { aServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
afterEach(() => server.close())

const password = 'canary-password-5521'

/** A person signs in at an app, which gets tokens; everything secret that passed by is answered. */
async function aSignIn() {
  server = await aServer({ stores: 'real' })
  await server.users.create({ username: 'ada' }, password, 'system')
  const redirectUri = 'http://localhost:1/callback'
  const made = await server.clients.create(
    {
      name: 'App',
      redirectUris: [redirectUri],
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: ['openid'],
    },
    'system',
  )
  const verifier = 'canary-verifier-'.padEnd(50, '0')
  const challenge = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)))
  const url = new URL(`${server.issuer}/authorize`)
  url.search = `${new URLSearchParams({
    client_id: made.client.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    state: 'canary-state-8812',
    nonce: 'canary-nonce-8812',
    code_challenge: challenge.toBase64({ alphabet: 'base64url', omitPadding: true }),
    code_challenge_method: 'S256',
  })}`
  const answer = await aPerson({ issuer: server.issuer, username: 'ada', password }).authorize(url)
  const code = answer.searchParams.get('code') ?? ''
  const ask = async (form: Record<string, string>) => {
    const headers = { authorization: `Basic ${btoa(`${made.client.id}:${made.secret}`)}` }
    return fetch(`${server.issuer}/token`, { method: 'POST', headers, body: new URLSearchParams(form) })
  }
  const redeem = () =>
    ask({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier })
  return { made, code, verifier, redeem, ask }
}

test('a whole sign-in leaves no secret in the log, and every request and event a line', async () => {
  const { made, code, verifier, redeem, ask } = await aSignIn()
  const tokens = (await (await redeem()).json()) as Record<string, string>
  await ask({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' })
  await fetch(`${server.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
  await ask({ grant_type: 'refresh_token', refresh_token: 'rt_canary-broken-token' })
  await server.flush()

  const log = server.log.join('')
  const secrets = [password, made.secret ?? '', code, verifier, 'canary-state', 'canary-nonce', 'canary-broken']
  for (const secret of [...secrets, ...Object.values(tokens).filter((value) => String(value).length > 30)]) {
    expect(secret).not.toBe('')
    expect(log).not.toContain(secret)
  }
  const lines = server.log.map((line) => JSON.parse(line))
  expect(lines.find(({ route }) => route === '/token')).toMatchObject({ status: 200, requestId: expect.any(String) })
  expect(lines.find(({ msg }) => msg === 'sign_in.succeeded')?.audit.requestId).toBe(
    lines.find(({ route, req }) => route === '/login' && req.method === 'POST')?.requestId,
  )
})

test('a replayed code and a reused refresh token are counted, and requests by their route', async () => {
  const { redeem, ask } = await aSignIn()
  const { refresh_token: first = '' } = (await (await redeem()).json()) as Record<string, string>
  const { refresh_token: second = '' } = (await (
    await ask({ grant_type: 'refresh_token', refresh_token: first })
  ).json()) as Record<string, string>
  await ask({ grant_type: 'refresh_token', refresh_token: second })
  await ask({ grant_type: 'refresh_token', refresh_token: first })
  await redeem()

  const { text } = await server.metrics.expose()
  const count = (series: string) =>
    Number(new RegExp(`^${series.replace(/[{}".*+/]/g, '\\$&')} (.*)$`, 'm').exec(text)?.[1])
  const event = (name: string) =>
    count(`signet_audit_events_total{event="${name}",outcome="success"}`) +
    count(`signet_audit_events_total{event="${name}",outcome="failure"}`)
  const answered = (status: string) =>
    count(`signet_http_request_duration_seconds_count{method="POST",route="/token",status="${status}"}`)

  expect(event('sign_in.succeeded')).toBe(1)
  expect(event('token.reused')).toBe(1)
  expect(event('code.replayed')).toBe(1)
  expect(answered('2xx')).toBe(3)
  expect(answered('4xx')).toBe(2)
  expect(count('signet_sign_ins_highest{by="account"}')).toBe(1)
  expect(count('signet_password_hash_duration_seconds_count')).toBeGreaterThan(0)
})
