import { type Html, html } from './html.ts'
import { pictureSource, webAddress } from './web-address.ts'
import { words } from './words.ts'

/** An app as people meet it. Its addresses are shown only if they are what they should be; see `web-address.ts`. */
export type App = {
  readonly name: string
  /** The host that its people return to; empty where an app on the device has none. */
  readonly host: string
  readonly logoUri?: string | undefined
  readonly policyUri?: string | undefined
  readonly tosUri?: string | undefined
}

/** A name that somebody else chose: kept apart, so that its writing direction cannot reorder our sentence. */
export function named(name: string): Html {
  return html`<bdi class="name">${name}</bdi>`
}

/** The app's logo, or its initial where it has none that we may show. */
export function appMark(app: App): Html {
  const source = pictureSource(app.logoUri)
  return source
    ? html`<img class="mark" src="${source}" alt="" width="48" height="48">`
    : html`<span class="mark" aria-hidden="true">${initial(app.name)}</span>`
}

/** Links to what the app's owner says about privacy and terms, or nothing. */
export function appPolicies(app: App): Html | undefined {
  const links = [
    { address: webAddress(app.policyUri), text: words.privacyPolicy },
    { address: webAddress(app.tosUri), text: words.terms },
  ].flatMap(({ address, text }) => (address ? [html`<li>${outwardLink(address, text)}</li>`] : []))
  return links.length === 0 ? undefined : html`<p>${words.about(named(app.name))}</p><ul class="links">${links}</ul>`
}

const letters = new Intl.Segmenter()

/** The first letter of a name, as a person counts letters. */
export function initial(name: string): string {
  const first = letters.segment(name.trim())[Symbol.iterator]().next().value?.segment ?? ''
  return /^[\p{Letter}\p{Number}\p{Emoji}]/u.test(first) ? first.toUpperCase() : '•'
}

/** In a new tab, so that the flow behind it is not lost; the new page learns nothing of ours. */
function outwardLink(address: string, text: string): Html {
  const hint = html`<span class="unseen"> ${words.opensNewTab}</span>`
  return html`<a href="${address}" target="_blank" rel="noopener noreferrer">${text}${hint}</a>`
}
