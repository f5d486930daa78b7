import type { BrowserContext, Page } from 'playwright-core'
import { startBrowser } from '#test/support/browser.ts'
import type { Op } from '../support/op.ts'
import type { SuiteApi } from './suite-api.ts'

/** A person at a real browser, for the addresses that the suite's scripted one leaves to people. */
export type Hand = { help(id: string): Promise<void>; close(): Promise<void> }

/** Opens a browser when it is first needed; each module gets a window of its own. */
export function aHand(api: SuiteApi, op: Op): Hand {
  let browser: ReturnType<typeof startBrowser> | undefined
  let window: { readonly id: string; readonly context: BrowserContext; readonly seen: Set<string> } | undefined

  async function windowFor(id: string) {
    if (window?.id === id) return window
    await window?.context.close()
    browser ??= startBrowser()
    const context = await (await browser).newContext({ ignoreHTTPSErrors: true })
    window = { id, context, seen: new Set() }
    return window
  }

  return {
    async help(id) {
      const { urls = [] } = await api.browser(id)
      if (urls.length === 0) return
      const { context, seen } = await windowFor(id)
      for (const url of urls.filter((each) => !seen.has(each))) {
        seen.add(url)
        const page = await context.newPage()
        await page.goto(url)
        await showPicture(api, id, await walk(page, op))
        await api.visited(id, url)
      }
    },
    async close() {
      await (await browser)?.close()
    },
  }
}

/** Does what our pages ask, until none is left that asks; answers a picture of the last of them. */
async function walk(page: Page, { issuer, person }: Op): Promise<Buffer> {
  const mostPages = 6
  let picture = await page.screenshot({ type: 'png' })
  for (let step = 0; step < mostPages && page.url().startsWith(issuer); step++) {
    picture = await page.screenshot({ type: 'png' })
    const button = page.locator('#login, #approve, #logout').first()
    if (!(await button.isVisible())) break
    const username = page.locator('input[name=username]:not([readonly])')
    if (await username.isVisible()) await username.fill(person.username)
    const password = page.locator('input[name=password]')
    if (await password.isVisible()) await password.fill(person.password)
    await button.click()
    await page.waitForLoadState()
  }
  return picture
}

/** Fills the place where the suite waits for a screenshot, if there is one. */
async function showPicture(api: SuiteApi, id: string, picture: Buffer): Promise<void> {
  const placeholder = (await api.images(id)).find(({ upload }) => upload !== undefined)?.upload
  if (placeholder === undefined) return
  await api.upload(id, placeholder, `data:image/png;base64,${picture.toString('base64')}`)
}
