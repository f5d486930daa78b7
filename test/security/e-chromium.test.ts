import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, startBrowser } from '#test/support/browser.ts'
import { registerFor, tokensUrl } from './support/front-channel.ts'
import { authorizeUrl } from './support/steps.ts'
import { type KnownClient, theWorld } from './support/world.ts'

/** An app that really listens: `/cb` leads on to another origin of its own, as many frameworks do. */
type ListeningApp = {
  readonly origin: string
  /** Every address that it was asked for. */
  readonly asked: string[]
  readonly posted: URLSearchParams[]
  close(): void
}

async function listeningApp(): Promise<ListeningApp> {
  const [asked, posted]: [string[], URLSearchParams[]] = [[], []]
  const server: Server = createServer(async (request, response) => {
    asked.push(request.url ?? '')
    if (request.method === 'POST') posted.push(new URLSearchParams(await bodyOf(request)))
    const { port } = server.address() as AddressInfo
    if (request.url?.startsWith('/cb')) {
      return void response.writeHead(302, { location: `http://localhost:${port}/home` }).end()
    }
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>The app</title>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, asked, posted, close: () => void server.close() }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const world = await theWorld({ flags: { 'authorize.frontChannelTokens': 'all' } })
const { u1, server } = world

describe.skipIf(noBrowser)(`E09 the policy in Chromium${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  let browser: Browser
  let app: ListeningApp
  let client: KnownClient
  let tokensApp: KnownClient
  beforeAll(async () => {
    browser = await startBrowser()
    app = await listeningApp()
    const redirectUri = `${app.origin}/cb`
    const made = await server.clients.create({ id: 'here', name: 'here', redirectUris: [redirectUri] }, 'test')
    client = { id: 'here', secret: made.secret ?? '', method: 'client_secret_basic', redirectUri }
    const native = { applicationType: 'native', redirectUris: [redirectUri] }
    tokensApp = {
      ...client,
      ...(await registerFor(world, 'tokens', ['id_token token', 'code id_token token'], native)),
      redirectUri,
    }
  })
  afterAll(async () => {
    await browser?.close()
    app?.close()
  })

  /** A page that remembers what the policy blocked and what a script said. */
  async function aPage(): Promise<{ page: Page; complaints: string[] }> {
    const page = await (await browser.newContext()).newPage()
    const complaints: string[] = []
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    return { page, complaints }
  }

  async function signIn(page: Page): Promise<void> {
    await page.fill('input[name=username]', u1.username)
    await page.fill('input[name=password]', u1.password)
    await page.click('#login')
  }

  test('E09 sign-in and consent lead to an app that redirects on, and nothing is blocked', async () => {
    const { page, complaints } = await aPage()
    await page.goto(authorizeUrl(world, client).href)
    await signIn(page)
    await page.click('#approve')
    await page.waitForURL('**/home')
    expect(await page.title()).toBe('The app')
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('E09 response_mode=form_post posts itself, once, and the way back does not post again', async () => {
    const { page, complaints } = await aPage()
    await page.goto(authorizeUrl(world, client, { response_mode: 'form_post', prompt: 'consent' }).href)
    await signIn(page)
    await page.click('#approve')
    await page.waitForURL('**/home')
    const fields = () => app.posted.map((form) => [...form.keys()].toSorted().join(' '))
    expect(fields()).toEqual(['code iss session_state state'])
    expect(Object.fromEntries(app.posted[0] ?? [])).toMatchObject({ state: 'a-state', iss: world.issuer })
    await page.goBack()
    await page.waitForLoadState('networkidle')
    expect(fields()).toEqual(['code iss session_state state'])
    expect(complaints.filter((text) => /policy|blocked/i.test(text))).toEqual([])
    await page.context().close()
  })

  test('E09 tokens behind the # reach the page of the app, and no server sees them', async () => {
    const { page, complaints } = await aPage()
    const before = app.asked.length
    await page.goto(tokensUrl(world, tokensApp).href)
    await signIn(page)
    await page.click('#approve')
    await page.waitForURL('**/home#**')
    const said = new URLSearchParams(new URL(page.url()).hash.slice(1))
    world.keepSecret(said.get('access_token') ?? '', said.get('id_token') ?? '')
    expect([...said.keys()].toSorted()).toEqual([
      'access_token',
      'expires_in',
      'id_token',
      'iss',
      'scope',
      'session_state',
      'state',
      'token_type',
    ])
    expect(app.asked.slice(before).filter((url) => url !== '/favicon.ico')).toEqual(['/cb', '/home'])
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('E09 a code and tokens are posted by form_post, all of them and nothing in the address', async () => {
    const { page, complaints } = await aPage()
    const hybrid = { response_type: 'code id_token token', response_mode: 'form_post' }
    const before = app.asked.length
    await page.goto(authorizeUrl(world, tokensApp, hybrid).href)
    await signIn(page)
    await page.click('#approve')
    await page.waitForURL('**/home')
    const fields = [...(app.posted.at(-1)?.keys() ?? [])].toSorted()
    expect(fields).toEqual([
      'access_token',
      'code',
      'expires_in',
      'id_token',
      'iss',
      'scope',
      'session_state',
      'state',
      'token_type',
    ])
    expect(app.asked.slice(before).filter((url) => url !== '/favicon.ico')).toEqual(['/cb', '/home'])
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('E01 a double click on the button signs in once and ends well', async () => {
    const { page } = await aPage()
    await page.goto(authorizeUrl(world, client, { prompt: 'login' }).href)
    await page.fill('input[name=username]', u1.username)
    await page.fill('input[name=password]', u1.password)
    await page.dblclick('#login')
    await page.waitForURL('**/home')
    await page.context().close()
  })

  test('E05 no page of ours shows in a frame', async () => {
    const { page } = await aPage()
    for (const path of ['/', '/login?id=x', '/logout', '/authorize']) {
      await page.goto(app.origin)
      await page.setContent(`<iframe id="it" src="${world.issuer}${path}"></iframe>`)
      await page.waitForLoadState('networkidle')
      expect(
        await page
          .frames()[1]
          ?.evaluate('document.body?.innerText ?? ""')
          .catch(() => ''),
        path,
      ).not.toMatch(/signet|sign/i)
    }
    await page.context().close()
  })

  test('E01 a form that another site posts changes nothing, and open pages stay good', async () => {
    const { page } = await aPage()
    await page.goto(authorizeUrl(world, client, { prompt: 'login' }).href)
    const login = page.url()
    const foreign = await page.context().newPage()
    for (const action of [
      login,
      `${world.issuer}/login?id=x`,
      `${world.issuer}/logout`,
      `${world.issuer}/consent?id=x`,
    ]) {
      await foreign.goto(app.origin)
      await foreign.setContent(
        `<form id="f" method="post" action="${action}"><input name="username" value="${world.u2.username}"><input name="password" value="${world.u2.password}"></form>`,
      )
      await Promise.all([
        foreign.waitForURL(`${world.issuer}/**`),
        foreign.evaluate('document.getElementById("f").submit()'),
      ])
    }
    await signIn(page)
    await page.waitForURL('**/home')
    expect(await server.stores.facts.listSessions(world.u2.sub, server.clock.now())).toEqual([])
    await page.context().close()
  })
})
