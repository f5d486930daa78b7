import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, startBrowser } from '#test/support/browser.ts'
import { aLocalApp, type LocalApp } from '#test/support/local-app.ts'
import { aProvider, type Provider } from '#test/support/provider.ts'
import { singlePageApp } from './single-page-app.ts'

describe.skipIf(noBrowser)('oidc-client-ts, as a single-page app in Chromium', { timeout: 60_000 }, () => {
  let provider: Provider
  let app: LocalApp
  let browser: Browser

  beforeAll(async () => {
    provider = await aProvider()
    browser = await startBrowser()
    app = await aLocalApp(async (origin) => {
      const redirectUris = [`${origin}/callback`]
      const client = {
        public: true,
        redirectUris,
        postLogoutRedirectUris: [`${origin}/`],
        scopes: ['openid', 'profile'],
      }
      const { id } = await provider.client(client)
      return singlePageApp({
        authority: provider.issuer,
        client_id: id,
        redirect_uri: redirectUris[0],
        post_logout_redirect_uri: `${origin}/`,
        scope: 'openid profile',
        loadUserInfo: true,
        automaticSilentRenew: false,
      })
    })
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
    await provider?.close()
  })

  async function status(page: Page): Promise<Record<string, unknown>> {
    return JSON.parse((await page.locator('#status:not(:empty)').textContent()) ?? '') as Record<string, unknown>
  }

  async function signIn(page: Page): Promise<void> {
    await page.goto(app.origin)
    await page.click('#sign-in')
    await page.fill('[name=username]', provider.username)
    await page.fill('[name=password]', provider.password)
    await page.click('#login')
    await page.click('#approve')
    await page.waitForURL(`${app.origin}/`)
  }

  test('signs in, reads UserInfo and renews across origins, and signs out', async () => {
    const page = await (await browser.newContext()).newPage()
    await signIn(page)
    const first = await status(page)
    expect(first).toMatchObject({ name: provider.name, sub: provider.sub })

    await page.click('#renew')
    await expect.poll(async () => (await status(page)).token).not.toBe(first.token)
    expect(await status(page)).toMatchObject({ sub: provider.sub })

    await page.click('#sign-out')
    await page.waitForURL(`${app.origin}/`)
    expect(await status(page)).toEqual({ signedOut: true })

    await page.click('#sign-in')
    await page.waitForSelector('#login')
  })
})
