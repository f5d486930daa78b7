import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aPerson, type Person } from '#test/support/person.ts'
import { startPostgres, type TestPostgres, whyNoPostgres } from '#test/support/postgres.ts'
import { type PrivateRedis, startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { type BegunServer, beginServer } from './begun-server.ts'
import { aMachine, type Machine, type Shape } from './machine.ts'

const reason = whyNoPostgres() ?? whyNoPrivateRedis()
if (reason) console.warn(`two servers whose clocks differ are not tested: ${reason}`)

const redirectUri = 'https://app.example/cb'
const password = 'a quiet river at dusk'
const minutes = 10

/** One address before two servers; the test says which of them answers. */
async function aSwitch() {
  let target = 0
  const server = createServer((asked, answer) => {
    const { url: path, method, headers } = asked
    const behind = request({ host: 'localhost', port: target, path, method, headers, agent: false }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(answer)
    })
    behind.on('error', () => answer.destroy())
    asked.pipe(behind)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    issuer: `http://localhost:${typeof address === 'object' ? address?.port : 0}`,
    lead(to: BegunServer): void {
      target = Number(new URL(to.url).port)
    },
    close: () => void server.close(),
  }
}

describe.skipIf(reason !== undefined)('two servers, of which one has a clock that is ten minutes off', () => {
  let machine: Machine
  let postgres: TestPostgres
  let redis: PrivateRedis
  let front: Awaited<ReturnType<typeof aSwitch>>
  let right: BegunServer
  let wrong: BegunServer
  let app: { readonly client_id: string; readonly client_secret: string }

  beforeAll(async () => {
    ;[postgres, redis, front, machine] = await Promise.all([
      startPostgres(),
      startPrivateRedis(),
      aSwitch(),
      aMachine({ migrate: false }),
    ])
    const settings = {
      SIGNET_ISSUER: front.issuer,
      DATABASE_URL: await postgres.openDatabase(),
      REDIS_URL: redis.url,
      SIGNET_KEYS_STORE: 'database',
      SIGNET_ANSWER_WITHIN: '10s',
    }
    await machine.json(['db', 'migrate'], { env: settings })
    await machine.json(['users', 'create', '--username', 'ada', '--password-stdin'], { env: settings, input: password })
    const grants = ['--grant', 'authorization_code', 'refresh_token', '--scope', 'openid offline_access']
    const create = ['clients', 'create', '--name', 'App', '--redirect-uri', redirectUri, ...grants]
    app = await machine.json(create, { env: settings })
    right = await beginServer(machine, settings)
    const shift = { SIGNET_TEST_CLOCK_SHIFT: `${minutes * 60_000}` }
    const preload = new URL('../support/shifted-date.mjs', import.meta.url).href
    wrong = await beginServer(machine, { ...settings, ...shift, NODE_OPTIONS: `--import ${preload}` })
  })
  afterAll(async () => {
    await Promise.all([right?.stop(), wrong?.stop()])
    front?.close()
    await Promise.all([redis?.stop(), postgres?.stop()])
    machine?.remove()
  })

  async function ask(path: string, form: { readonly [name: string]: string }) {
    const headers = { authorization: `Basic ${btoa(`${app.client_id}:${app.client_secret}`)}` }
    const response = await fetch(front.issuer + path, { method: 'POST', headers, body: new URLSearchParams(form) })
    return { status: response.status, body: (await response.json()) as Shape & { readonly [token: string]: string } }
  }

  async function signIn(person: Person, more: { readonly [name: string]: string } = {}) {
    const verifier = randomBytes(32).toString('base64url')
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const url = new URL(`${front.issuer}/authorize`)
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }
    const asked = { response_type: 'code', client_id: app.client_id, scope: 'openid offline_access', state: 'x' }
    for (const [name, value] of Object.entries({ ...asked, redirect_uri: redirectUri, ...pkce, ...more }))
      url.searchParams.set(name, value)
    const code = (await person.authorize(url)).searchParams.get('code') ?? ''
    return { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
  }

  test('the wrong one is told of, and is the only one', async () => {
    for (const { health } of [right, wrong])
      await expect
        .poll(async () => (await health('/health/ready')).status, { timeout: 60_000, interval: 100 })
        .toBe(200)
    expect(await wrong.metric('signet_clock_deviation_seconds{source="own"}')).toBeCloseTo(minutes * 60, -1)
    for (const source of ['redis', 'database']) {
      expect(Math.abs((await wrong.metric(`signet_clock_deviation_seconds{source="${source}"}`)) ?? 99)).toBeLessThan(2)
      expect(Math.abs((await right.metric(`signet_clock_deviation_seconds{source="${source}"}`)) ?? 99)).toBeLessThan(2)
    }
    expect(wrong.said()).toContain('a clock deviates')
    expect(right.said()).not.toContain('a clock deviates')
  })

  test.each(['right', 'wrong'] as const)('who signs in at the %s one is signed in at the other', async (first) => {
    const [one, other] = first === 'right' ? [right, wrong] : [wrong, right]
    front.lead(one)
    const person = aPerson({ issuer: front.issuer, username: 'ada', password })
    const form = await signIn(person)
    front.lead(other)
    const given = await ask('/token', form)
    expect(given.status).toBe(200)
    front.lead(one)
    const refreshed = await ask('/token', {
      grant_type: 'refresh_token',
      refresh_token: given.body.refresh_token ?? '',
    })
    expect(refreshed.status).toBe(200)

    const published = await fetch(`${front.issuer}/.well-known/jwks.json`)
    const keys = createLocalJWKSet((await published.json()) as JSONWebKeySet)
    for (const { body } of [given, refreshed]) {
      const { payload } = await jwtVerify(body.access_token ?? '', keys, { issuer: front.issuer })
      expect(Math.abs((payload.iat ?? 0) - Date.now() / 1000)).toBeLessThan(30)
      for (const server of [one, other]) {
        front.lead(server)
        expect((await ask('/introspect', { token: body.access_token ?? '' })).body.active).toBe(true)
      }
    }
    // The session that one began is alive at the other: no form is shown.
    const silently = await signIn(person, { prompt: 'none' })
    expect((await ask('/token', silently)).status).toBe(200)
  })
})
