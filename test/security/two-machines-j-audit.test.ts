import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BegunServer, beginServer } from '#test/cli/begun-server.ts'
import { aMachine, type Machine } from '#test/cli/machine.ts'
import { aBalancer, type Balancer } from '#test/support/balancer.ts'
import { aPerson } from '#test/support/person.ts'
import { startPostgres, type TestPostgres, whyNoPostgres } from '#test/support/postgres.ts'
import { type PrivateRedis, startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { expectJsonError } from './support/answers.ts'
import { describeMachines } from './support/machine-room.ts'
import { refresh, signIn, tokensOf } from './support/steps.ts'

describeMachines('the trail', (room) => {
  test('J17 no request tells twice, at whichever machine, and after the end nobody has anything to tell', async () => {
    const { world, at } = room()
    const { c1, server } = world
    const first = await signIn(world)
    const second = tokensOf(await refresh(world, c1, first.refresh))
    await refresh(world, c1, second.refresh)
    const present = () =>
      Promise.all(Array.from({ length: 10 }, (_, one) => refresh(at(one % 2 ? 1 : 0), c1, first.refresh)))
    for (const answer of await present()) expectJsonError(answer, 400, 'invalid_grant')
    const told = async () => {
      await server.flush()
      const trail = await server.stores.audit.list({ clientId: c1.id })
      return trail.filter(({ event, familyId }) => event === 'token.reused' && first.refresh.includes(`${familyId}`))
    }
    const lines = await told()
    expect(lines[0]).toMatchObject({ outcome: 'failure', userId: world.u1.sub, address: '127.0.0.1' })
    expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(lines.length)
    await present()
    expect(await told()).toEqual(lines)
  })
})

const whyNot = whyNoPrivateRedis() ?? whyNoPostgres()

describe.skipIf(whyNot)(`two real servers that are killed${whyNot ? ` (${whyNot})` : ''}`, () => {
  let machine: Machine
  let redis: PrivateRedis
  let postgres: TestPostgres
  let front: Balancer
  let env: { readonly [name: string]: string }
  let servers: readonly BegunServer[] = []

  beforeAll(async () => {
    ;[redis, postgres, front, machine] = await Promise.all([
      startPrivateRedis(),
      startPostgres(),
      aBalancer(),
      aMachine({ migrate: false }),
    ])
    env = {
      SIGNET_ISSUER: front.issuer,
      DATABASE_URL: await postgres.openDatabase(),
      REDIS_URL: redis.url,
      SIGNET_KEYS_STORE: 'database',
      SIGNET_ANSWER_WITHIN: '10s',
    }
    await machine.json(['db', 'migrate'], { env })
  })
  afterAll(async () => {
    await kill()
    front?.close()
    await Promise.all([redis?.stop(), postgres?.stop()])
    machine?.remove()
  })

  async function serve(): Promise<void> {
    servers = await Promise.all([beginServer(machine, env), beginServer(machine, env)])
    for (const { health } of servers) {
      const isReady = async () => (await health('/health/ready')).status
      await expect.poll(isReady, { timeout: 60_000, interval: 100 }).toBe(200)
    }
    front.lead(servers.map(({ url }) => Number(new URL(url).port)))
  }

  async function kill(): Promise<void> {
    for (const { child } of servers) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'close')
    }
  }

  test('J17 each of them had told it before it answered', async () => {
    const [username, password, redirectUri] = ['ada', 'a-canary-of-ada-99', 'https://app.example/cb']
    await machine.json(['users', 'create', '--username', username, '--password-stdin'], { env, input: password })
    await machine.json(['clients', 'create', '--id', 'app', '--name', 'App', '--redirect-uri', redirectUri], { env })
    await serve()
    const person = aPerson({ issuer: front.issuer, username, password })
    const asked = { client_id: 'app', response_type: 'code', redirect_uri: redirectUri, scope: 'openid', nonce: 'n' }
    const page = await person.browser.open(`${front.issuer}/authorize?${new URLSearchParams({ ...asked, state: 's' })}`)
    // One after the other, at the one and at the other.
    for (let times = 0; times < 2; times++) {
      const wrong = await person.browser.press(page, 'login', { username, password: 'wrong-word-1' })
      expect(wrong.status).toBe(400)
    }
    await kill()
    await serve()
    const consent = await person.signIn(page)
    await kill()
    await serve()
    expect((await person.consent(consent)).url.searchParams.has('code')).toBe(true)
    await kill()
    const trail = await machine.json<readonly { readonly event: string }[]>(['audit', 'list'], { env })
    expect(trail.filter(({ event }) => event !== 'key.created')).toMatchObject([
      { event: 'user.created', outcome: 'success', actor: expect.stringMatching(/^operator:/) },
      { event: 'client.created', outcome: 'success', actor: expect.stringMatching(/^operator:/) },
      { event: 'sign_in.failed', outcome: 'failure' },
      { event: 'sign_in.failed', outcome: 'failure' },
      { event: 'sign_in.succeeded', outcome: 'success' },
      { event: 'consent.given', outcome: 'success' },
    ])
  })
})
