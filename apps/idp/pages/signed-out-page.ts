import { named } from './app.ts'
import { document, type Site } from './document.ts'
import { type Html, html } from './html.ts'
import { webAddress } from './web-address.ts'
import { words } from './words.ts'

export type SignedOutPageProps = {
  readonly site: Site
  /** Where to go from here; only a web address becomes a link. */
  readonly client?: { readonly name: string; readonly uri?: string | undefined } | undefined
  /** Addresses of apps that sign the browser out when it loads them; their origins must be in the policy's `frame-src`. */
  readonly frames?: readonly string[]
  /** Where the page leads when the apps are done: an address that is registered for it. */
  readonly returnTo?: string | undefined
}

const text = words.logout

/** Seconds for the apps, without scripts; `page.js` goes on when all have loaded, or after three. */
const patience = 5

/** The end of a sign-out: leads nowhere else, or gives the apps a moment before it leads on. */
export function signedOutPage({ site, client, frames = [], returnTo }: SignedOutPageProps): string {
  const content = html`<h1>${text.doneHeading}</h1>
<p class="muted">${returnTo ? text.goingOn : text.doneLead}</p>
${returnTo ? goOn(returnTo) : back(client)}
${frames.map(frame)}`
  const leadsOn = returnTo === undefined ? undefined : { to: returnTo, after: patience }
  return document({ site, title: text.doneTitle, leadsOn, content })
}

function back(client: SignedOutPageProps['client']): Html | undefined {
  const address = webAddress(client?.uri)
  if (!client || !address) return undefined
  return html`<div class="actions"><a class="button" href="${address}">${words.backTo(named(client.name))}</a></div>`
}

function goOn(returnTo: string): Html {
  return html`<div class="actions"><a class="button" id="continue" href="${returnTo}" data-go-on>${text.goOn}</a></div>`
}

/** An app may sign out there, and nothing else: it opens no windows, and leads the page nowhere. */
function frame(address: string): Html {
  const source = webAddress(address)
  if (source === undefined) throw new TypeError('a frame needs an http or https address')
  return html`<iframe src="${source}" title="${text.frame}" sandbox="allow-scripts allow-same-origin" hidden></iframe>
`
}
