import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningChild, startChild } from '#cli/dev-child.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { FamilyStore } from '#core/tokens/token-family.ts'
import type { Stores } from '#stores/stores.ts'
import { freePorts } from '#test/support/free-ports.ts'
import type { Page } from '#test/support/http-browser.ts'
import { aLocalApp, type LocalApp } from '#test/support/local-app.ts'
import type { Person } from '#test/support/person.ts'
import { aProvider, type Provider } from '#test/support/provider.ts'

const programs = `${import.meta.dirname}/../../apps`
const directory = mkdtempSync(join(tmpdir(), 'signet-sample-'))

let provider: Provider
let door: LocalApp
let api: RunningChild
let app: RunningChild
let home: string
/** How many of the next requests the door in front of the API answers with 401 itself. */
let refusals = 0
/** Whether the provider's store of refresh tokens cannot answer. */
let isOutage = false

function withOutages(stores: Stores): Stores {
  const rotate: FamilyStore['rotate'] = (...wish) =>
    isOutage ? Promise.reject(new Unavailable('an outage')) : stores.families.rotate(...wish)
  return { ...stores, families: { ...stores.families, rotate } }
}

beforeAll(async () => {
  const [appPort = 0, apiPort = 0] = await freePorts(2)
  home = `http://localhost:${appPort}`
  door = await aLocalApp(() => async (request, response) => {
    if (refusals > 0) {
      refusals -= 1
      return response.writeHead(401).end('{}')
    }
    const authorization = request.headers.authorization ?? ''
    const answer = await fetch(`http://localhost:${apiPort}${request.url}`, { headers: { authorization } })
    return response.writeHead(answer.status).end(await answer.text())
  })
  provider = await aProvider({ api: door.origin, apiLifetime: 5, tamper: withOutages })
  const redirectUris = [`${home}/callback`]
  const postLogoutRedirectUris = [`${home}/signed-out`]
  const scopes = ['openid', 'profile', 'email', 'notes:read']
  const { id, secret } = await provider.client({ redirectUris, postLogoutRedirectUris, scopes })
  const secretFile = join(directory, 'secret')
  writeFileSync(secretFile, secret, { mode: 0o600 })

  const apiEnv = { ISSUER: provider.issuer, PORT: String(apiPort), AUDIENCE: door.origin }
  const appEnv = { ISSUER: provider.issuer, PORT: String(appPort), API_URL: door.origin }
  api = await startChild({ name: 'sample API', file: `${programs}/sample-api/main.ts`, env: apiEnv })
  const env = { ...appEnv, CLIENT_ID: id, CLIENT_SECRET_FILE: secretFile }
  app = await startChild({ name: 'sample app', file: `${programs}/sample-app/main.ts`, env })
})
afterAll(async () => {
  await Promise.all([app?.stop(), api?.stop(), door?.close(), provider?.close()])
  rmSync(directory, { recursive: true, force: true })
})

async function signedIn(): Promise<{ person: Person; page: Page }> {
  const person = provider.person([home])
  return { person, page: await person.follow(`${home}/sign-in`) }
}

/** A claim of one of the tokens that the page shows. */
function claim(page: Page, card: 'access-token' | 'id-token', name: string): string {
  const section = page.text.split(`id="${card}"`)[1] ?? ''
  return new RegExp(`data-claim="${name}">([^<]*)<`).exec(section)?.[1] ?? ''
}

function steps(page: Page): string[] {
  return [...(/id="steps">(.*?)<\/ol>/s.exec(page.text)?.[1] ?? '').matchAll(/<li>(.*?)<\/li>/g)].map(
    ([, step]) => step ?? '',
  )
}

describe('the sample app', () => {
  test('greets the person by name and shows what the API said', async () => {
    const { page } = await signedIn()

    expect(page.text).toContain(`Hello, ${provider.name}`)
    expect(page.text).toContain('API: 200')
    expect(claim(page, 'access-token', 'sub')).toBe(provider.sub)
    expect(claim(page, 'id-token', 'sub')).toBe(provider.sub)
    expect(page.text).not.toMatch(/rt_|eyJ[\w-]+\.[\w-]+\.[\w-]+/)
  })

  test('refreshes when it is asked to', async () => {
    const { person, page } = await signedIn()

    const after = await person.browser.press(page, 'refresh')

    expect(claim(after, 'access-token', 'jti')).not.toBe(claim(page, 'access-token', 'jti'))
    expect(after.text).toContain('API: 200')
  })

  test('refreshes by itself before the token expires, once for all tabs', async () => {
    const { person, page } = await signedIn()
    const first = claim(page, 'access-token', 'jti')
    const jtiNow = async () => claim(await person.browser.open(home), 'access-token', 'jti')
    // Tokens of this API live 5 s, so this is over within 4.
    await expect.poll(() => isDue(page), { timeout: 10_000, interval: 100 }).toBe(true)

    const seen = new Set(await Promise.all(Array.from({ length: 20 }, jtiNow)))

    expect(seen.size).toBe(1)
    expect(seen.has(first)).toBe(false)
  })

  test('refreshes once and asks again where the API answers 401', async () => {
    const { person } = await signedIn()
    refusals = 1

    const page = await person.browser.open(home)

    expect(steps(page).map((step) => step.split(' ').at(-1))).toEqual(['401', 'tokens', '200'])
    expect(page.text).toContain('API: 200')
  })

  test('gives up after one refresh where the API goes on answering 401', async () => {
    const { person } = await signedIn()
    refusals = 2

    const page = await person.browser.open(home)

    expect(page.text).toContain('API: 401')
    expect(refusals).toBe(0)
  })

  test('keeps its tokens while the provider cannot refresh them, and goes on afterwards', async () => {
    const { person, page } = await signedIn()
    isOutage = true
    const during = await person.browser.press(page, 'refresh')
    isOutage = false

    expect(during.status).toBe(503)
    expect(during.text).toContain('does not answer')
    const after = await person.browser.press(page, 'refresh')
    expect(after.text).toContain('API: 200')
  })

  test('says so when the sign-in was ended elsewhere', async () => {
    const { person, page } = await signedIn()
    await provider.endSessions()

    const ended = await person.browser.press(page, 'refresh')

    expect(ended.text).toContain('You have been signed out')
    expect((await person.browser.open(home)).text).toContain('id="sign-in"')
  })

  test('signs out here and at the provider', async () => {
    const { person, page } = await signedIn()

    const out = await person.goOn(await person.browser.press(page, 'sign-out'))
    expect(out.url.href).toBe(`${home}/signed-out`)

    expect((await person.browser.open(home)).text).toContain('id="sign-in"')
    const again = await person.browser.open(`${home}/sign-in`)
    expect(again.forms.some((form) => form.fields.has('password'))).toBe(true)
  })

  test('says kindly that nothing was shared when the person says no', async () => {
    const person = provider.person([home])
    await provider.forgetConsents()

    const page = await person.deny(await person.signIn(await person.browser.open(`${home}/sign-in`)))

    expect(page.text).toContain('Nothing was shared')
    expect(page.text).toContain('access_denied')
  })

  test('takes no answer that its browser did not ask for', async () => {
    const person = provider.person([home])
    const stranger = provider.person()
    const answer = await stranger.authorize(await startedElsewhere())

    const page = await person.browser.open(answer)

    expect(page.status).toBe(400)
    expect(page.text).toContain('not known here')
  })

  test('changes its cookie when somebody signs in', async () => {
    const person = provider.person([home])
    await person.browser.open(`${home}/sign-in`)
    const before = person.browser.jar.header(new URL(home))

    await person.follow(`${home}/sign-in`)

    expect(person.browser.jar.header(new URL(home))).not.toContain(before.match(/sample-app-\d+=([^;]+)/)?.[1])
  })
})

/** Whether the app would refresh the token that this page shows. */
function isDue(page: Page): boolean {
  return Date.now() >= Number(/data-renews="(\d+)"/.exec(page.text)?.[1])
}

/** Where the app sends another browser that begins a sign-in. */
async function startedElsewhere(): Promise<string> {
  const response = await fetch(`${home}/sign-in`, { redirect: 'manual' })
  return response.headers.get('location') ?? ''
}

test('the sample app starts before the provider, says so, and works once it is there', async () => {
  const [port = 0, providerPort = 0] = await freePorts(2)
  const secretFile = join(directory, 'other')
  writeFileSync(secretFile, randomBytes(32).toString('base64url'), { mode: 0o600 })
  const env = { ISSUER: `http://localhost:${providerPort}`, PORT: String(port), CLIENT_SECRET_FILE: secretFile }
  const alone = await startChild({ name: 'sample app', file: `${programs}/sample-app/main.ts`, env })
  try {
    const early = await fetch(`http://localhost:${port}/sign-in`)
    expect(early.status).toBe(503)
    expect(await early.text()).toContain('does not answer')

    const late = await aProvider({ port: providerPort })
    const sent = await fetch(`http://localhost:${port}/sign-in`, { redirect: 'manual' })
    await late.close()
    expect(sent.headers.get('location')).toMatch(new RegExp(`^${late.issuer}/authorize\\?`))
  } finally {
    await alone.stop()
  }
})
