import { once } from 'node:events'
import { createServer, request as requestTo } from 'node:https'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser } from '#test/support/browser.ts'
import { aBrowserProfile, type BrowserProfile } from '#test/support/browser-profile.ts'
import { anAuthority } from '#test/support/certificates.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { aServer, type TestServer } from '#test/support/server.ts'

const authority = anAuthority()
const own = authority.issue({ subject: '/CN=a', san: 'DNS:id.op.test,DNS:app.rp.test', usage: 'serverAuth' })
const [port = 0, appPort = 0] = await freePorts(2)
const issuer = `https://id.op.test:${port}`
/** Another site than the provider: another registrable domain, not another port. */
const origin = `https://app.rp.test:${appPort}`

/** What the front channel of the app was loaded with. */
const loaded: { readonly query: URLSearchParams; readonly cookie: string | undefined }[] = []

/** Frames the check page, asks it once, and says in its title what it was told (Session Management 1.0 §3.1). */
const watching = `<!doctype html><title>waiting</title><iframe src="${issuer}/session/check"></iframe><script>
const state = new URLSearchParams(location.search).get('session_state')
const frame = document.querySelector('iframe')
addEventListener('message', (event) => { if (event.origin === '${issuer}') document.title = event.data })
frame.addEventListener('load', () => frame.contentWindow.postMessage('app ' + state, '${issuer}'))
</script>`

const app = createServer({ cert: own.pem.certificate, key: own.pem.key }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', origin)
  if (pathname === '/frontchannel') loaded.push({ query: searchParams, cookie: request.headers.cookie })
  if (pathname === '/cb') response.setHeader('set-cookie', 'app-session=1; Path=/; Secure; HttpOnly; SameSite=None')
  response.setHeader('content-type', 'text/html')
  response.end(pathname === '/watch' ? watching : `<!doctype html><title>App ${pathname}</title>`)
})

let server: TestServer
let secret = ''
beforeAll(async () => {
  await new Promise<void>((listening) => app.listen(appPort, '127.0.0.1', listening))
  const tls = { 'listen.tls.certificate': own.certificate, 'listen.tls.key': own.key }
  server = await aServer({ flags: { issuer, 'listen.port': `${port}`, ...tls } })
  const wishes = { id: 'app', name: 'App', redirectUris: [`${origin}/cb`], postLogoutRedirectUris: [`${origin}/bye`] }
  const frontchannelLogout = { uri: `${origin}/frontchannel`, sessionRequired: true }
  secret = (await server.clients.create({ ...wishes, firstParty: true, frontchannelLogout }, 'test')).secret ?? ''
  await server.users.create({ username: 'ada' }, 'correct-horse-battery', 'test')
})
afterAll(async () => {
  app.close()
  app.closeAllConnections()
  await server.close()
  authority.remove()
})

/** Signs in, and answers the `session_state` that the app was told. */
async function signIn(page: Page): Promise<string> {
  const request = { client_id: 'app', response_type: 'code', scope: 'openid', redirect_uri: `${origin}/cb` }
  await page.goto(`${issuer}/authorize?${new URLSearchParams(request)}`)
  await page.fill('[name=username]', 'ada')
  await page.fill('[name=password]', 'correct-horse-battery')
  await page.click('#login')
  await page.waitForURL(`${origin}/cb**`)
  const { searchParams } = new URL(page.url())
  expect(await redeem(searchParams.get('code') ?? '')).toBe(200)
  return searchParams.get('session_state') ?? ''
}

/** Redeems the code, as the app's server: the session has reached the app then. */
async function redeem(code: string): Promise<number | undefined> {
  const form = { grant_type: 'authorization_code', code, redirect_uri: `${origin}/cb` }
  const headers = { host: new URL(issuer).host, 'content-type': 'application/x-www-form-urlencoded' }
  const at = { host: '127.0.0.1', port, servername: 'id.op.test', ca: authority.pem.certificate, path: '/token' }
  const sent = requestTo({ ...at, method: 'POST', headers, auth: `app:${secret}` })
  sent.end(new URLSearchParams(form).toString())
  const [response] = await once(sent, 'response')
  response.resume()
  return response.statusCode
}

/** What the app's page is told of that state. */
async function told(page: Page, state: string): Promise<string> {
  await page.goto(`${origin}/watch?${new URLSearchParams({ session_state: state })}`)
  await page.waitForFunction("document.title !== 'waiting'")
  return page.title()
}

async function signOut(page: Page): Promise<void> {
  const back = { client_id: 'app', post_logout_redirect_uri: `${origin}/bye` }
  await page.goto(`${issuer}/logout?${new URLSearchParams(back)}`)
  await page.click('#logout')
  await page.waitForURL(`${origin}/bye`)
}

describe.skipIf(noBrowser)(`an app of another site, in Chromium${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  let profile: BrowserProfile | undefined
  const open = async (cookiesOfOtherSites: 'allowed' | 'blocked') => {
    profile = await aBrowserProfile({ cookiesOfOtherSites })
    return profile.context.newPage()
  }
  afterAll(() => profile?.close())

  test('where cookies of other sites are allowed it is told of the sign-out, and asks for it', async () => {
    const page = await open('allowed')
    const state = await signIn(page)
    expect(await told(page, state)).toBe('unchanged')
    await signOut(page)
    expect(loaded.splice(0)).toEqual([{ query: expect.any(URLSearchParams), cookie: 'app-session=1' }])
    expect(await told(page, state)).toBe('changed')
    await profile?.close()
  })

  // What docs/guides/sign-out.md says of such browsers: the frame is loaded and sees no cookie; the check says `changed`.
  test('where they are blocked its frame sees no cookie, and the check page always says changed', async () => {
    const page = await open('blocked')
    const state = await signIn(page)
    expect(await told(page, state)).toBe('changed')
    await signOut(page)
    const [frame, ...others] = loaded.splice(0)
    expect(others).toEqual([])
    expect(frame?.cookie).toBeUndefined()
    expect([...(frame?.query.keys() ?? [])]).toEqual(['iss', 'sid'])
  })
})
