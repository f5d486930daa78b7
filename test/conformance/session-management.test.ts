import { decodeJwt } from 'jose'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, startBrowser } from '#test/support/browser.ts'
import { aLogoutApp, type FrontChannel, type LogoutApp } from './support/logout-app.ts'
import { anOp, type Op } from './support/op.ts'
import { aRelyingParty, type RelyingParty } from './support/relying-party.ts'

let op: Op
let app: LogoutApp
beforeAll(async () => {
  op = await anOp({ flags: { 'registration.mode': 'open' } })
  app = await aLogoutApp()
})
afterAll(() => Promise.all([op.close(), app.close()]))

const longState = 's'.repeat(128)

/** Registers the app as a client of its own, with these addresses besides. */
function register(own: LogoutApp, more: Record<string, string | boolean> = {}): Promise<RelyingParty> {
  return aRelyingParty(op, { by: 'dynamic', metadata: { ...own.metadata, ...more } })
}

function logoutUrl(hint: string, more: Record<string, string>): string {
  return `${op.issuer}/logout?${new URLSearchParams({ id_token_hint: hint, ...more })}`
}

const bye = (own: LogoutApp) => ({ post_logout_redirect_uri: `${own.origin}/bye`, state: longState })

async function redeem(rp: RelyingParty, code: string | null): Promise<string> {
  const tokens = await rp.redeem(code ?? '')
  return String(tokens.json.id_token)
}

describe('Session management: oidcc-session-management-certification-test-plan', () => {
  test('oidcc-session-management-discovery-endpoint-verification: where the check page is', async () => {
    expect(await op.metadata()).toMatchObject({ check_session_iframe: `${op.issuer}/session/check` })
  })
})

describe.skipIf(noBrowser)(`in Chromium${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  let chromium: Browser
  beforeAll(async () => {
    chromium = await startBrowser()
  })
  afterAll(() => chromium?.close())

  const opened: { close(): Promise<void> }[] = []
  afterAll(() => Promise.all(opened.map((one) => one.close())))

  async function aContext(scripts = true): Promise<BrowserContext> {
    const context = await chromium.newContext({ javaScriptEnabled: scripts })
    opened.push(context)
    return context
  }

  /** Signs in, and answers what came back. */
  async function signIn(page: Page, rp: RelyingParty, changes = {}): Promise<URLSearchParams> {
    await page.goto(`${op.issuer}/authorize?${rp.request(changes)}`)
    if (page.url().startsWith(`${op.issuer}/login`)) {
      await page.fill('[name=username]', op.person.username)
      await page.fill('[name=password]', op.person.password)
      await page.click('#login')
    }
    if (page.url().startsWith(`${op.issuer}/consent`)) await page.click('#approve')
    // An error leads a person to an app that registered itself only where they ask for it.
    if (page.url().startsWith(`${op.issuer}/authorize`)) await page.click('#continue')
    await page.waitForURL(`${new URL(rp.redirectUri).origin}/**`)
    return new URL(page.url()).searchParams
  }

  async function withFrontChannel(kind: FrontChannel, uri = '/frontchannel') {
    const own = kind === 'answers' ? app : await aLogoutApp(kind)
    if (own !== app) opened.push(own)
    const more = { frontchannel_logout_uri: `${own.origin}${uri}`, frontchannel_logout_session_required: true }
    return { own, rp: await register(own, more) }
  }

  test('the front channel is loaded with iss and sid alone, then the page leads back; nobody is signed in', async () => {
    const { rp, own } = await withFrontChannel('answers', '/frontchannel?tenant=1')
    const page = await (await aContext()).newPage()
    const blocked: string[] = []
    page.on('console', (message) => message.type() === 'error' && blocked.push(message.text()))
    const idToken = await redeem(rp, (await signIn(page, rp)).get('code'))
    own.loaded.splice(0)
    await page.goto(logoutUrl(idToken, bye(own)))
    await page.waitForURL(`${own.origin}/bye?state=${longState}`)
    const [loaded] = own.loaded
    expect([...(loaded ?? [])]).toEqual([
      ['tenant', '1'],
      ['iss', op.issuer],
      ['sid', decodeJwt(idToken).sid],
    ])
    expect(blocked.filter((text) => !text.includes('favicon'))).toEqual([])
    expect((await signIn(page, rp, { prompt: 'none' })).get('error')).toBe('login_required')
  })

  test('an app that hangs holds nobody up, and without scripts there is a link', async () => {
    const { rp, own } = await withFrontChannel('hangs')
    const page = await (await aContext()).newPage()
    const idToken = await redeem(rp, (await signIn(page, rp)).get('code'))
    await page.goto(logoutUrl(idToken, bye(own)), { waitUntil: 'commit' })
    await page.waitForURL(`${own.origin}/bye?**`, { timeout: 4500 })

    const plain = await (await aContext(false)).newPage()
    const again = await redeem(rp, (await signIn(plain, rp)).get('code'))
    await plain.goto(logoutUrl(again, bye(own)), { waitUntil: 'commit' })
    await plain.click('#continue', { noWaitAfter: true })
    await plain.waitForURL(`${own.origin}/bye?**`)
    expect(own.loaded).toHaveLength(2)
  })

  /** Frames the check page in the app's page, as an RP iframe does, and answers what it says. */
  function ask(page: Page, clientId: string, sessionState: string): Promise<string> {
    const [check, provider] = [`${op.issuer}/session/check`, op.issuer].map((text) => JSON.stringify(text))
    return page.evaluate<string>(`(async () => {
      const frame = document.createElement('iframe')
      frame.src = ${check}
      await new Promise((resolve) => { frame.onload = resolve; document.body.append(frame) })
      return new Promise((resolve) => {
        onmessage = ({ data, origin }) => resolve(origin === ${provider} ? data : 'from elsewhere')
        setTimeout(() => resolve('silence'), 2000)
        frame.contentWindow.postMessage(${JSON.stringify(`${clientId} ${sessionState}`)}, ${provider})
      })
    })()`)
  }

  test('the check page answers the page that frames it, and nobody else', async () => {
    const page = await (await aContext()).newPage()
    await page.goto(`${app.origin}/page`)
    const provider = JSON.stringify(op.issuer)
    const heard = await page.evaluate<number>(`(async () => {
      const frame = document.createElement('iframe')
      frame.src = ${provider} + '/session/check'
      await new Promise((resolve) => { frame.onload = resolve; document.body.append(frame) })
      const sibling = document.body.appendChild(document.createElement('iframe')).contentWindow
      let heard = 0
      onmessage = sibling.onmessage = () => { heard += 1 }
      sibling.eval('(frame) => frame.postMessage("nonsense", "*")')(frame.contentWindow)
      await new Promise((resolve) => setTimeout(resolve, 300))
      const before = heard
      frame.contentWindow.postMessage('nonsense', '*')
      await new Promise((resolve) => setTimeout(resolve, 300))
      return before * 10 + heard
    })()`)
    expect(heard).toBe(1)
  })

  test('oidcc-session-management-rp-initiated-logout: unchanged before, changed after; another origin or a bad message is told so', async () => {
    const rp = await register(app)
    const page = await (await aContext()).newPage()
    const answer = await signIn(page, rp)
    const idToken = await redeem(rp, answer.get('code'))
    const state = answer.get('session_state') ?? ''
    expect(state).toMatch(/^[\w-]{43}\.[\w-]{22}$/)
    const { id } = rp.client
    expect(await ask(page, id, state)).toBe('unchanged')
    expect(await ask(page, 'another', state)).toBe('changed')
    expect(await ask(page, id, 'nonsense')).toBe('error')
    await page.goto(`${app.origin.replace('localhost', '127.0.0.1')}/elsewhere`)
    expect(await ask(page, id, state)).toBe('changed')

    await page.goto(logoutUrl(idToken, bye(app)))
    await page.waitForURL(`${app.origin}/bye?**`)
    expect(await ask(page, id, state)).toBe('changed')
    const silent = await signIn(page, rp, { prompt: 'none' })
    expect(silent.get('error')).toBe('login_required')
    expect(await ask(page, id, silent.get('session_state') ?? '')).toBe('unchanged')
    const next = await signIn(page, rp)
    expect(await ask(page, id, silent.get('session_state') ?? '')).toBe('changed')
    expect(await ask(page, id, next.get('session_state') ?? '')).toBe('unchanged')
  })
})
