import { type ChildProcess, execFileSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anAuthority, localServer } from '#test/support/certificates.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { aPerson } from '#test/support/person.ts'
import { type PrivateRedis, startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { trust } from '#test/support/secure-server.ts'
import { aMachine, ended, type Machine } from './machine.ts'
import { type App, aRunningServer, redirectUri } from './running-server.ts'

const authority = anAuthority()
trust(authority)
afterAll(() => authority.remove())

/** The settings for a new certificate of this machine; its files may be replaced. */
function tlsSettings() {
  const { certificate, key } = authority.issue(localServer)
  return { SIGNET_TLS_CERTIFICATE: certificate, SIGNET_TLS_KEY: key }
}

function serialShown(issuer: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ port: Number(new URL(issuer).port), host: 'localhost', servername: 'localhost' }, () => {
    resolve(socket.getPeerX509Certificate()?.serialNumber ?? '')
    socket.destroy()
  })
  socket.once('error', reject)
  return promise
}

function renew({ SIGNET_TLS_CERTIFICATE, SIGNET_TLS_KEY }: ReturnType<typeof tlsSettings>): void {
  const next = authority.issue(localServer)
  copyFileSync(next.certificate, SIGNET_TLS_CERTIFICATE)
  copyFileSync(next.key, SIGNET_TLS_KEY)
}

test('the whole main job by https: cookies of this very host, sign-in, UserInfo, refresh, sign-out, another certificate', async () => {
  const tls = tlsSettings()
  const server = await aRunningServer(tls)
  const { issuer } = server
  const ada = { username: 'ada', password: 'correct-horse-battery' }
  await server.json(['users', 'create', '--username', 'ada', '--password-stdin'], { input: ada.password })
  const scope = 'openid offline_access'
  const app = await server.json<App>([
    'clients',
    'create',
    '--name',
    'App',
    '--redirect-uri',
    redirectUri,
    '--scope',
    ...scope.split(' '),
  ])

  const asked = new URL(`${issuer}/authorize?client_id=${app.client_id}&response_type=code&scope=openid`)
  asked.searchParams.set('redirect_uri', redirectUri)
  const person = aPerson({ issuer, ...ada })
  const begun = await fetch(asked, { redirect: 'manual' })
  expect(begun.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-signet-browser=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
  ])
  expect(begun.headers.get('strict-transport-security')).toBe('max-age=31536000')

  const first = await server.signIn(app, ada, scope)
  expect(first.status).toBe(200)
  const userInfo = await fetch(`${issuer}/userinfo`, {
    headers: { authorization: `Bearer ${first.body.access_token}` },
  })
  expect(userInfo.status).toBe(200)
  const refreshed = await server.token(app, {
    grant_type: 'refresh_token',
    refresh_token: first.body.refresh_token ?? '',
  })
  expect(refreshed.status).toBe(200)

  const before = await serialShown(issuer)
  renew(tls)
  server.tell('SIGHUP')
  await expect.poll(() => serialShown(issuer), { timeout: 20_000 }).not.toBe(before)

  const signedIn = await person.follow(asked)
  expect(signedIn.left).toBe(true)
  expect(person.browser.jar.header(new URL(issuer))).toMatch(/__Host-signet-session=/)
  const out = await person.browser.press(await person.browser.open(`${issuer}/logout`), 'logout')
  expect(out.status).toBe(200)
  expect(person.browser.jar.header(new URL(issuer))).not.toMatch(/__Host-signet-session=/)

  const doctor = await server.signet(['doctor', '--json'])
  expect(doctor.out).toMatch(/The certificate of listen\.tls ends in 29 days/)
  expect((await server.stop()).code).toBe(0)
})

describe('a certificate that will not do', () => {
  let machine: Machine
  beforeAll(async () => {
    machine = await aMachine({ migrate: false })
  })
  afterAll(() => machine.remove())

  test('ends the start with exit code 5, the setting and the mend', async () => {
    const { SIGNET_TLS_CERTIFICATE } = tlsSettings()
    const { SIGNET_TLS_KEY } = tlsSettings()
    const env = { SIGNET_ISSUER: 'https://localhost:3000', SIGNET_TLS_CERTIFICATE, SIGNET_TLS_KEY }
    const { code, err } = await machine.signet(['serve'], { env })
    expect(code).toBe(5)
    expect(err).toContain(`listen.tls.key (SIGNET_TLS_KEY): The key in ${SIGNET_TLS_KEY} does not fit the certificate.`)
    expect(err).toContain('Point both settings to files that were made together.')
  })
})

const reason = whyNoPrivateRedis()
if (reason) console.warn(`workers with TLS are not tested: ${reason}`)

describe.skipIf(reason !== undefined)('two workers', () => {
  let redis: PrivateRedis
  let machine: Machine
  let primary: ChildProcess | undefined
  beforeAll(async () => {
    redis = await startPrivateRedis()
    machine = await aMachine()
  })
  afterAll(async () => {
    if (primary && primary.exitCode === null) primary.kill('SIGTERM')
    await redis.stop()
    machine.remove()
  })

  test('share both ports by https, and take another certificate at SIGHUP', async () => {
    const tls = tlsSettings()
    const [port = 0, clientPort = 0] = await freePorts(2)
    const issuer = `https://localhost:${port}`
    const more = { SIGNET_TLS_CLIENT_PORT: `${clientPort}`, REDIS_URL: redis.url, SIGNET_MANAGEMENT_PORT: '0' }
    const env = { SIGNET_ISSUER: issuer, SIGNET_PORT: `${port}`, ...tls, ...more }
    const child = machine.begin(['serve', '--workers', '2'], { env })
    primary = child
    const end = ended(child)
    let said = ''
    child.stdout?.on('data', (chunk) => {
      said += chunk
    })
    const times = (word: string) => said.split(word).length - 1
    await expect.poll(() => times('"event":"listening"'), { timeout: 60_000 }).toBe(2)
    for (const at of [issuer, `https://localhost:${clientPort}`])
      expect((await fetch(`${at}/.well-known/jwks.json`)).status).toBe(200)

    const workers = execFileSync('pgrep', ['-P', `${child.pid}`], { encoding: 'utf8' })
    renew(tls)
    child.kill('SIGHUP')
    await expect.poll(() => times('"event":"certificate_renewed"'), { timeout: 20_000 }).toBe(2)
    expect(execFileSync('pgrep', ['-P', `${child.pid}`], { encoding: 'utf8' })).toBe(workers)
    child.kill('SIGTERM')
    expect((await end).code).toBe(0)
  })
})
