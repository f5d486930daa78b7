import { type HtmlButton, type HtmlForm, readForms } from './html-form.ts'

/** What the browser shows, or the door at which it stopped. */
export type Page = {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly title: string
  readonly forms: readonly HtmlForm[]
  /** True where the next address belongs to none of the known origins: it was not fetched. */
  readonly left: boolean
  /** What a form would have posted there. */
  readonly sent: URLSearchParams | undefined
}

export type BrowserOptions = {
  readonly knows: readonly string[]
  readonly headers?: Record<string, string>
  /** Says neither `Origin` nor `Sec-Fetch-*` with a form, as browsers of old and test drivers do. */
  readonly isOld?: boolean
}

/**
 * A browser without JavaScript: keeps cookies per host, follows redirects, fills and sends the forms that a page really
 * has. It goes to the origins in `knows` and stops at the door of any other one, for clients that are only a library.
 */
export function aBrowser({ knows, headers = {}, isOld = false }: BrowserOptions) {
  const jar = new CookieJar()
  const origins = new Set(knows.map((url) => new URL(url).origin))
  const mostRedirects = 20

  async function go(start: URL, first: RequestInit): Promise<Page> {
    let url = start
    let init = first
    for (let hop = 0; hop < mostRedirects; hop++) {
      if (!origins.has(url.origin)) return stopped(url, init)
      const cookie = jar.header(url)
      const response = await fetch(url, {
        ...init,
        redirect: 'manual',
        headers: { accept: 'text/html', ...headers, ...init.headers, ...(cookie && { cookie }) },
      })
      jar.take(url, response.headers.getSetCookie())
      const location = response.headers.get('location')
      if (response.status < 300 || response.status > 399 || !location) return shown(url, response)
      await response.body?.cancel()
      url = new URL(location, url)
      if (response.status !== 307 && response.status !== 308) init = {}
    }
    throw new Error(`more than ${mostRedirects} redirects, the last one to ${url.origin}${url.pathname}`)
  }

  return {
    jar,
    open: (url: string | URL, init: RequestInit = {}) => go(new URL(url), init),
    /** Presses the button with this id, after filling in fields by their names. */
    press(page: Page, id: string, fill: Readonly<Record<string, string>> = {}): Promise<Page> {
      const { form, button } = findButton(page, id)
      const values = new URLSearchParams([...form.fields])
      for (const [name, value] of Object.entries(fill)) {
        if (!form.fields.has(name)) throw new Error(`the form with #${id} has no field ${name}`)
        values.set(name, value)
      }
      if (button.name) values.set(button.name, button.value)
      const action = button.action ?? form.action
      if (form.method === 'post')
        return go(action, { method: 'POST', body: values, headers: isOld ? {} : formHeaders(page, action) })
      const url = new URL(action)
      url.search = values.toString()
      return go(url, {})
    },
  }
}

export type HttpBrowser = ReturnType<typeof aBrowser>

function findButton(page: Page, id: string): { form: HtmlForm; button: HtmlButton } {
  for (const form of page.forms) {
    const button = form.buttons.find((candidate) => candidate.id === id)
    if (button) return { form, button }
  }
  throw new Error(
    `no button #${id} on "${page.title}" (${page.status} at ${page.url.pathname}):\n${page.text.slice(0, 600)}`,
  )
}

/** As browsers do: a page with the policy `no-referrer` posts with `Origin: null` (Fetch §3.2, "Origin header"). */
function formHeaders(page: Page, action: URL): Record<string, string> {
  const site = page.url.origin === action.origin ? 'same-origin' : 'cross-site'
  const origin = page.headers.get('referrer-policy') === 'no-referrer' ? 'null' : page.url.origin
  return { origin, 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
}

async function shown(url: URL, response: Response): Promise<Page> {
  const text = await response.text()
  const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1] ?? ''
  const { status, headers } = response
  return { url, status, headers, text, title, forms: readForms(text, url), left: false, sent: undefined }
}

function stopped(url: URL, init: RequestInit): Page {
  const sent = init.body instanceof URLSearchParams ? init.body : undefined
  return { url, status: 0, headers: new Headers(), text: '', title: '', forms: [], left: true, sent }
}

/** Cookies by host: ports do not tell them apart, as in browsers (RFC 6265 §8.5). Paths are not looked at. */
class CookieJar {
  readonly #hosts = new Map<string, Map<string, string>>()

  header(url: URL): string {
    const cookies = this.#hosts.get(url.hostname) ?? new Map<string, string>()
    return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  take(url: URL, lines: readonly string[]): void {
    const cookies = this.#hosts.get(url.hostname) ?? new Map<string, string>()
    this.#hosts.set(url.hostname, cookies)
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
      const age = /;\s*max-age=(-?\d+)/i.exec(line)?.[1]
      const expires = /;\s*expires=([^;]+)/i.exec(line)?.[1]
      const gone = age === undefined ? expires !== undefined && Date.parse(expires) <= Date.now() : Number(age) <= 0
      if (gone) cookies.delete(name)
      else cookies.set(name, value)
    }
  }

  /** Forgets everything, as closing a private window does. */
  clear(): void {
    this.#hosts.clear()
  }
}
