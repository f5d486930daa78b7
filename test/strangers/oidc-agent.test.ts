import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Authority, anAuthority } from '#test/support/certificates.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { aProvider, type Provider } from '#test/support/provider.ts'
import { trust } from '#test/support/secure-server.ts'

const noAgent = spawnSync('oidc-agent', ['--version']).error ? 'no oidc-agent: apt-get install oidc-agent-cli' : ''
if (noAgent) console.warn(`oidc-agent is skipped: ${noAgent}`)

const run = promisify(execFile)

/** Everything that a program has said until it says this. */
function saying(program: ChildProcess, what: RegExp): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let said = ''
  const note = (chunk: unknown): void => {
    said += chunk
    const found = what.exec(said)
    if (found) resolve(found[0])
  }
  program.stdout?.on('data', note)
  program.stderr?.on('data', note)
  program.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)))
  return promise
}

describe.skipIf(noAgent)('oidc-agent', () => {
  const started: ChildProcess[] = []
  let authority: Authority
  let provider: Provider
  let folder: string
  let env: NodeJS.ProcessEnv

  function begin(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    started.push(child)
    return child
  }

  beforeAll(async () => {
    authority = anAuthority()
    trust(authority)
    provider = await aProvider({ authority, flags: { 'registration.mode': 'token' } })
    folder = mkdtempSync(join(tmpdir(), 'signet-agent-'))
    writeFileSync(join(folder, 'authority.pem'), authority.pem.certificate)
    const own = { HOME: folder, TMPDIR: folder, OIDC_CONFIG_DIR: folder, OIDC_SOCK: join(folder, 'agent') }
    env = { PATH: process.env.PATH, ...own, OIDC_ENCRYPTION_PW: 'sesame' }
    begin('oidc-agent', ['--console', '--no-scheme', '--socket-path', join(folder, 'agent')])
    await vi.waitUntil(() => existsSync(join(folder, 'agent')), { timeout: 10_000 })
  })
  afterAll(async () => {
    for (const child of started) if (child.exitCode === null) child.kill('SIGTERM')
    await provider?.close()
    authority?.remove()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  const scopes = ['openid', 'profile', 'offline_access']

  /** Has the agent sign in and keep what it got under this name; the person answers in a browser. */
  async function signIn(name: string, args: readonly string[]): Promise<void> {
    const settings = ['--iss', provider.issuer, '--cp', join(folder, 'authority.pem'), '--scope', scopes.join(' ')]
    const quietly = ['--flow', 'code', '--no-url-call', '--no-scheme', '--confirm-yes', '--pw-env']
    const gen = begin('oidc-gen', [...settings, ...quietly, ...args, name])
    const ended = once(gen, 'exit')
    const url = await saying(gen, /https:\/\/\S+(?=\n)/)
    const answer = await provider.person().authorize(url)
    expect((await fetch(answer)).status).toBe(200)
    expect(await ended).toEqual([0, null])
  }

  const token = async (...args: string[]): Promise<string> => (await run('oidc-token', args, { env })).stdout.trim()

  async function nameOf(accessToken: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${accessToken}` }
    const response = await fetch(`${provider.issuer}/userinfo`, { headers })
    return response.json()
  }

  test('signs in by the loopback interface, and refreshes', async () => {
    const [port = 0] = await freePorts(1)
    const redirectUri = `http://localhost:${port}`
    const { id, secret } = await provider.client({ redirectUris: [redirectUri], scopes })
    await signIn('mine', ['--manual', '--client-id', id, '--client-secret', secret, '--redirect-uri', redirectUri])
    const first = await token('mine')
    expect(await nameOf(first)).toMatchObject({ sub: provider.sub, name: provider.name })
    const second = await token('--force-new', 'mine')
    expect(second).not.toBe(first)
    expect(await nameOf(second)).toMatchObject({ sub: provider.sub })
  })

  test('registers itself with an initial access token, and signs in as that client', async () => {
    const [port = 0] = await freePorts(1)
    await signIn('registered', ['--access-token', await provider.initialToken(), '--port', `${port}`])
    expect(await nameOf(await token('registered'))).toMatchObject({ sub: provider.sub })
  })
})
