import { aBrowser, type HttpBrowser, type Page } from './http-browser.ts'

/** Who signs in, and where. `knows`: the origins of relying parties that are really there, besides the provider's. */
export type PersonOptions = {
  readonly issuer: string
  readonly username: string
  readonly password: string
  readonly knows?: readonly string[]
  readonly headers?: Record<string, string>
}

/** A person at a browser of their own: signs in and consents as the pages ask for it, form by form. */
export type Person = {
  readonly browser: HttpBrowser
  /** Opens an address and does what the provider's pages ask until the browser leaves for the app or none of them is left. */
  follow(url: string | URL): Promise<Page>
  /** The same from a page that is open already. */
  goOn(page: Page): Promise<Page>
  /** Opens an authorization request and answers where it ended: the redirect URI with the answer's parameters. */
  authorize(url: string | URL): Promise<URL>
  signIn(page: Page, password?: string): Promise<Page>
  consent(page: Page): Promise<Page>
  deny(page: Page): Promise<Page>
}

const mostPages = 8

/** A person who knows a name and a password. */
export function aPerson({ issuer, username, password, knows = [], headers = {} }: PersonOptions): Person {
  const browser = aBrowser({ knows: [issuer, ...knows], headers })
  const signIn = (page: Page, secret = password) => browser.press(page, 'login', { username, password: secret })
  const consent = (page: Page) => browser.press(page, 'approve')

  async function goOn(start: Page): Promise<Page> {
    let page = start
    for (let step = 0; step < mostPages; step++) {
      if (page.left || page.status >= 400) return page
      if (has(page, 'login')) page = await signIn(page)
      else if (has(page, 'approve')) page = await consent(page)
      else if (has(page, 'continue')) page = await browser.press(page, 'continue')
      else return page
    }
    throw new Error(`the pages go in circles, the last one is "${page.title}"`)
  }

  const follow = async (url: string | URL) => goOn(await browser.open(url))
  return {
    browser,
    goOn,
    follow,
    signIn,
    consent,
    deny: (page) => browser.press(page, 'deny'),
    async authorize(url) {
      const page = await follow(url)
      if (!page.left) throw new Error(`no answer but "${page.title}" (${page.status}):\n${page.text.slice(0, 800)}`)
      return page.sent ? new URL(`${page.url.href}?${page.sent}`) : page.url
    },
  }
}

function has(page: Page, id: string): boolean {
  return page.forms.some((form) => form.buttons.some((button) => button.id === id))
}
