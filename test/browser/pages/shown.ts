import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { startBrowser } from '#test/support/browser.ts'
import { type PageHost, startPageHost } from './page-host.ts'

/** A browser and a page host, started before a suite and ended after it. */
export type Shown = { browser: Browser; host: PageHost }

/** To be called inside a `describe`; what it returns is filled when its tests run. */
export function startShown(): Shown {
  const shown = {} as Shown
  beforeAll(async () => {
    shown.browser = await startBrowser()
    shown.host = await startPageHost()
  })
  afterAll(async () => {
    await shown.browser?.close()
    await shown.host?.close()
  })
  return shown
}

/** Everything that the browser complained about, or asked another host for, since this was called. */
export function complaintsOf(page: Page, origin: string): readonly string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !url.startsWith('data:')) complaints.push(`asked for ${url}`)
  })
  return complaints
}
