import { type HtmlForm, readForms } from '#test/support/html-form.ts'
import type { Canaries } from './canaries.ts'
import { type About, actOf, type Scribe } from './scribe.ts'

/** Where a person's browser stands: a page with forms, the door to an app, or nowhere because no good answer came. */
export type Stand =
  | {
      readonly at: 'page'
      readonly status: number
      readonly forms: readonly HtmlForm[]
      readonly url: URL
      readonly title: string
    }
  | { readonly at: 'app'; readonly url: URL }
  | { readonly at: 'nowhere'; readonly status: number | undefined }

/** A browser without JavaScript whose every request goes to the next machine. */
export type LabBrowser = {
  open(path: string): Promise<Stand>
  /** Presses a button of the page, after filling in fields. */
  press(stand: Stand, button: string, fill?: Readonly<Record<string, string>>): Promise<Stand>
  hasCookie(name: string): boolean
  cookies(): ReadonlyMap<string, string>
}

type Way = {
  readonly issuer: string
  readonly scribe: Scribe
  readonly canaries: Canaries
  readonly about: Omit<About, 'act'>
}

const mostHops = 12

/** A browser with an empty jar; it stops at the door of any other origin than the issuer's. */
export function aLabBrowser({ issuer, scribe, canaries, about }: Way): LabBrowser {
  const jar = new Map<string, string>()

  async function go(start: URL, form?: URLSearchParams): Promise<Stand> {
    let [url, body] = [start, form]
    for (let hop = 0; hop < mostHops; hop++) {
      if (url.origin !== issuer) return { at: 'app', url }
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { accept: 'text/html', ...(cookie && { cookie }), ...(body && { origin: issuer }) }
      const act = actOf(url.pathname)
      const ask = { path: url.pathname + url.search, headers, ...(body && { form: body }) }
      const ends = act === 'logout' ? { ends: true } : {}
      const { answer } = await scribe.ask(
        { act, ...about, ...ends },
        ask,
        ({ status, text, headers: { location } }) => ({
          ...(status === 503 && text.includes('id="login"') && { isTurnedAway: true }),
          // A sign-out is acknowledged by the way back to the app.
          done: act === 'logout' ? new URL(location ?? '', issuer).origin !== issuer : status < 400,
        }),
      )
      if (!answer || answer.status >= 500) return { at: 'nowhere', status: answer?.status }
      take(answer.headers['set-cookie'] ?? [])
      const { location } = answer.headers
      const title = /<title>([^<]*)<\/title>/i.exec(answer.text)?.[1] ?? ''
      if (answer.status < 300 || answer.status > 399 || !location)
        return { at: 'page', status: answer.status, forms: readForms(answer.text, url), url, title }
      url = new URL(location, url)
      body = undefined
    }
    return { at: 'nowhere', status: undefined }
  }

  function take(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
      const isGone = /;\s*max-age=0/i.test(line) || /;\s*expires=Thu, 01 Jan 1970/i.test(line) || value === ''
      if (isGone) jar.delete(name)
      else jar.set(name, value)
      canaries.add('cookie', value)
    }
  }

  return {
    open: (path) => go(new URL(path, issuer)),
    cookies: () => jar,
    hasCookie: (name) => jar.has(name),
    press(stand, id, fill = {}) {
      if (stand.at !== 'page') throw new Error('no page to press a button on')
      const form = stand.forms.find(({ buttons }) => buttons.some((button) => button.id === id))
      const button = form?.buttons.find((candidate) => candidate.id === id)
      if (!form || !button) throw new Error(`no button #${id} on "${stand.title}"`)
      const values = new URLSearchParams([...form.fields])
      for (const [name, value] of Object.entries(fill)) values.set(name, value)
      if (button.name) values.set(button.name, button.value)
      return go(button.action ?? form.action, values)
    },
  }
}
