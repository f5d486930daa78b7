import { existsSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { aMachine, ended, keysSecret, type Machine } from '#test/cli/machine.ts'
import { aServeHome, type ServeHome, type ServeProcess, startServe } from '#test/faults/support/serve-process.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { expectJsonError, expectLocalError } from './support/answers.ts'
import { authorizeUrl, clientToken, getCode, introspect, redeem, refresh, signIn, tokensOf } from './support/steps.ts'
import { expectInactive } from './support/tokens.ts'
import { aWorld, type World } from './support/world.ts'

describe('a server that is misconfigured', () => {
  let machine: Machine
  let env: Record<string, string>
  beforeAll(async () => {
    machine = await aMachine()
    const [port = 0] = await freePorts(1)
    env = { SIGNET_ISSUER: `http://localhost:${port}`, SIGNET_PORT: `${port}`, SIGNET_MANAGEMENT_PORT: '0' }
    await machine.json(['keys', 'rotate'])
  })
  afterAll(() => machine.remove())

  const otherSecret = 'xV7pTz2mYc9RqLw4KdN8sJ6hGfB3uEaQ1iOoPkZtWyM='

  test.for<[string, Record<string, string>]>([
    ['no issuer', { SIGNET_ISSUER: '' }],
    ['an issuer without TLS', { SIGNET_ISSUER: 'http://id.example.com' }],
    ['no secret for the keys', { SIGNET_KEYS_SECRET: '' }],
    ['a secret that could be guessed', { SIGNET_KEYS_SECRET: 'passwordpasswordpasswordpassword' }],
    ['a secret that does not open the ring', { SIGNET_KEYS_SECRET: otherSecret }],
    ['an algorithm that is none', { SIGNET_TOKENS_ACCESS_ALG: 'none' }],
    ['an algorithm of shared secrets', { SIGNET_TOKENS_ACCESS_ALG: 'HS256' }],
    ['origins that are anybody', { SIGNET_CORS_ORIGINS: '*' }],
    ['proxies that are anybody', { SIGNET_TRUST_PROXY: 'true' }],
    ['codes that live for a day', { SIGNET_TOKENS_CODE_LIFETIME: '1d' }],
    ['a setting that nobody knows', { SIGNET_TOKENS_ACCES_ALG: 'ES256' }],
  ])('J10 %s: it does not start, says why, and tells no secret', async ([what, wrong]) => {
    const { code, out, err } = await machine.signet(['serve'], { env: { ...env, ...wrong } })
    expect(code, `${what}: ${out}${err}`).toBeGreaterThan(0)
    expect(out).not.toContain('"event":"listening"')
    expect(`${out}${err}`).not.toMatch(/\bat .*:\d+:\d+/)
    for (const secret of [keysSecret, otherSecret]) expect(`${out}${err}`).not.toContain(secret)
  })

  test('J10 a Redis that is not there is waited for: nobody is answered, and no secret is told', async () => {
    const password = 'the-password-of-redis'
    const [managed = 0] = await freePorts(1)
    const away = { REDIS_URL: `redis://signet:${password}@127.0.0.1:1`, SIGNET_MANAGEMENT_PORT: `${managed}` }
    const child = machine.begin(['serve'], { env: { ...env, ...away } })
    const run = ended(child)
    const health = (path: string) => fetch(`http://127.0.0.1:${managed}/health/${path}`).catch(() => undefined)
    await expect.poll(async () => (await health('live'))?.status, { timeout: 60_000 }).toBe(200)
    expect((await health('ready'))?.status).toBe(503)
    await expect(fetch(`${env.SIGNET_ISSUER}/.well-known/jwks.json`)).rejects.toThrow('fetch failed')
    child.kill('SIGTERM')
    const { code, out, err } = await run
    expect(code, `${out}${err}`).toBe(0)
    expect(out).not.toContain('"event":"listening"')
    for (const secret of [keysSecret, password]) expect(`${out}${err}`).not.toContain(secret)
  })

  test('J10 a ring that is broken, or lost while the database remembers its keys: it does not start', async () => {
    const keys = join(machine.folder, 'keys')
    const ring = join(keys, 'ring.json')
    expect(existsSync(ring)).toBe(true)
    const kept = readFileSync(ring)
    const attempts: readonly [string, () => void][] = [
      ['truncated', () => truncateSync(ring, Math.floor(kept.length / 2))],
      ['empty', () => truncateSync(ring, 0)],
      ['gone', () => readdirSync(keys).forEach((name) => void rmSync(join(keys, name), { recursive: true }))],
    ]
    for (const [what, harm] of attempts) {
      harm()
      const { code, out, err } = await machine.signet(['serve'], { env })
      expect(code, `${what}: ${out}${err}`).toBeGreaterThan(0)
      expect(out, what).not.toContain('"event":"listening"')
    }
    expect(existsSync(ring)).toBe(false)
  })
})

describe('a record that is misconfigured', () => {
  let world: World
  beforeAll(async () => {
    world = await aWorld()
  })
  afterEach(() => world.check([500]))
  afterAll(() => world.close())

  /** Writes into the store what no command would. */
  async function twist(id: string, change: object): Promise<void> {
    const client = await world.server.stores.clients.find(id)
    if (!client) throw new Error('no such client')
    expect(await world.server.stores.clients.put({ ...client, ...change })).toBe('stored')
  }

  test('J10 an algorithm that nobody signs with: no token at all, never an unsigned one', async () => {
    const { c1 } = world
    for (const alg of ['none', 'HS256', '', 'RS1', 'ES512']) {
      for (const change of [
        { idTokenAlg: alg, accessTokenAlg: undefined },
        { idTokenAlg: 'RS256', accessTokenAlg: alg },
      ]) {
        const granted = await getCode(world)
        await twist(c1.id, change)
        const answer = await redeem(world, granted)
        await twist(c1.id, { idTokenAlg: 'RS256', accessTokenAlg: undefined })
        expectJsonError(answer, 500, 'server_error', JSON.stringify(change))
      }
    }
  })

  test('J10 lists that are empty allow nothing', async () => {
    const { c1, rs1 } = world
    const tokens = await signIn(world, { changes: { scope: `openid ${rs1.scope}` } })
    const granted = await getCode(world)
    const empty = new Set<string>()
    const client = await world.server.stores.clients.find(c1.id)
    await twist(c1.id, { scopes: empty })
    expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
    expectJsonError(await refresh(world, c1, tokens.refresh), 400, 'invalid_scope')
    expectJsonError(await clientToken(world, c1, { scope: rs1.scope }), 400, 'invalid_scope')
    await twist(c1.id, { scopes: client?.scopes, grantTypes: empty })
    expectJsonError(await clientToken(world, c1), 400, 'unauthorized_client')
    expectJsonError(await refresh(world, c1, tokens.refresh), 400, 'unauthorized_client')
    await twist(c1.id, { grantTypes: client?.grantTypes, redirectUris: [] })
    expectLocalError(await world.send(authorizeUrl(world, c1)))
    expectLocalError(await world.send(authorizeUrl(world, c1, { redirect_uri: undefined })))
    await twist(c1.id, {
      redirectUris: client?.redirectUris,
      authentication: { method: 'client_secret_basic', secrets: [] },
    })
    for (const secret of ['', c1.secret, 'undefined']) {
      expectJsonError(await clientToken(world, { ...c1, secret }), 401, 'invalid_client')
    }
    await twist(c1.id, { authentication: client?.authentication })
    expect((await clientToken(world, c1, { scope: rs1.scope })).status).toBe(200)
  })

  test('J10 a resource server of nothing learns nothing', async () => {
    const { c1, rs2, rs1 } = world
    const { access } = await signIn(world)
    const own = tokensOf(await clientToken(world, c1, { scope: rs1.scope })).access
    for (const resourceServerOf of ['', undefined, null]) {
      await twist(rs2.client.id, { resourceServerOf })
      for (const token of [access, own]) expectInactive(await introspect(world, rs2.client, token))
    }
  })
})

describe('a server that is empty', () => {
  let home: ServeHome
  let server: ServeProcess
  beforeAll(async () => {
    home = await aServeHome()
    server = await startServe(home)
  })
  afterAll(async () => {
    server.kill('SIGTERM')
    await server.ended
    home.forget()
  })

  const names = [
    'admin',
    'administrator',
    'root',
    'signet',
    'demo',
    'sample',
    'sample-app',
    'test',
    'client',
    'security-admin-console',
  ]

  test('J12 nobody is there, and nothing made somebody', async () => {
    const { openStores } = await import('#stores/open.ts')
    const stores = await openStores(home.config, { now: () => new Date(), offset: 0 })
    expect((await stores.users.listPage('', 1)).records).toEqual([])
    expect((await stores.clients.listPage('', 1)).records).toEqual([])
    expect(await stores.apis.list()).toEqual([])
    await stores.close()
    expect(server.log.join('\n')).not.toMatch(/password|secret/i)
  })

  test('J12 no name and no secret of the usual ones opens anything', async () => {
    for (const id of names) {
      for (const secret of ['', id, 'admin', 'password', 'secret', 'changeme']) {
        for (const grant_type of ['client_credentials', 'password']) {
          const body = new URLSearchParams({
            grant_type,
            client_id: id,
            client_secret: secret,
            username: id,
            password: secret,
          })
          const answer = await fetch(`${home.issuer}/token`, { method: 'POST', body })
          expect([401, 429], `${id}:${secret}`).toContain(answer.status)
        }
      }
      const query = new URLSearchParams({
        client_id: id,
        response_type: 'code',
        redirect_uri: home.issuer,
        scope: 'openid',
      })
      expect((await fetch(`${home.issuer}/authorize?${query}`, { redirect: 'manual' })).status, id).toBe(400)
    }
  })

  test.for([
    '/admin',
    '/admin/api/v1/users',
    '/register',
    '/setup',
    '/install',
    '/bootstrap',
    '/users',
    '/metrics',
    '/health/ready',
    '/health/live',
    '/debug',
    '/.env',
    '/keys/ring.json',
    '/data/signet.db',
    '/assets/../keys/ring.json',
    '/assets/%2e%2e/%2e%2e/keys/ring.json',
  ])('J12 there is nothing at %s', async (path) => {
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(`${home.issuer}${path}`, { method, redirect: 'manual' })
      expect([404, 405], `${method} ${path}`).toContain(answer.status)
    }
  })
})
