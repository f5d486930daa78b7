import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMachine, type Machine } from '#test/cli/machine.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { aPerson } from '#test/support/person.ts'

describe('a real server that is killed', () => {
  let machine: Machine
  let child: ChildProcess
  let env: { readonly [name: string]: string }
  beforeAll(async () => {
    machine = await aMachine()
    const [port = 0] = await freePorts(1)
    env = { SIGNET_ISSUER: `http://localhost:${port}`, SIGNET_PORT: `${port}`, SIGNET_MANAGEMENT_PORT: '0' }
  })
  afterAll(() => {
    child.kill('SIGKILL')
    machine.remove()
  })

  async function serve(): Promise<void> {
    child = machine.begin(['serve'], { env })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    child.stdout?.on('data', (chunk) => String(chunk).includes('"event":"listening"') && resolve())
    child.once('close', (code) => reject(new Error(`it ended with ${code}`)))
    await promise
  }

  const trail = () =>
    machine.json<readonly { event: string; outcome: string; actor: string; address?: string }[]>(['audit', 'list'], {
      env,
    })

  test('J17 what was answered is in the trail, whenever the server dies', { timeout: 60_000 }, async () => {
    await serve()
    const at = env.SIGNET_ISSUER ?? ''
    await machine.json(['users', 'create', '--username', 'ada', '--password-stdin'], {
      env,
      input: 'a-canary-of-ada-99',
    })
    const redirect = 'https://app.example/cb'
    await machine.json(['clients', 'create', '--id', 'app', '--name', 'App', '--redirect-uri', redirect], { env })
    const person = aPerson({ issuer: at, username: 'ada', password: 'a-canary-of-ada-99' })
    const query = {
      client_id: 'app',
      response_type: 'code',
      redirect_uri: redirect,
      scope: 'openid',
      nonce: 'n',
      state: 's',
    }
    const page = await person.browser.open(`${at}/authorize?${new URLSearchParams(query)}`)
    const wrong = await person.browser.press(page, 'login', { username: 'ada', password: 'wrong-word-1' })
    expect(wrong.status).toBe(400)
    await kill()
    await serve()
    const consent = await person.signIn(page)
    await kill()
    await serve()
    const done = await person.consent(consent)
    expect(done.url.searchParams.has('code')).toBe(true)
    await kill()
    const told = (await trail()).filter(({ event }) => event !== 'key.created')
    const failure = { event: 'sign_in.failed', outcome: 'failure', address: '127.0.0.1' }
    expect(told).toMatchObject([
      { event: 'user.created', outcome: 'success', actor: expect.stringMatching(/^operator:/) },
      { event: 'client.created', outcome: 'success', actor: expect.stringMatching(/^operator:/) },
      failure,
      { event: 'sign_in.succeeded', outcome: 'success', address: '127.0.0.1' },
      { event: 'consent.given', outcome: 'success', address: '127.0.0.1' },
    ])
  })

  test('J17 keys and consents as well', { timeout: 60_000 }, async () => {
    await serve()
    const { kid } = await machine.json<{ kid: string }>(['keys', 'rotate', '--now'], { env })
    await kill()
    await machine.json(['keys', 'retire', kid, '--compromised', '--yes'], { env })
    await machine.json(['consents', 'revoke', '--user', 'ada', '--yes'], { env })
    await machine.json(['sessions', 'revoke', '--user', 'ada', '--yes'], { env })
    const told = (await trail()).slice(-5).map(({ event }) => event)
    expect(told).toEqual(
      expect.arrayContaining(['key.created', 'key.compromised', 'consent.withdrawn', 'session.ended']),
    )
  })

  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
})
