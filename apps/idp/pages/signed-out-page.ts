import { named } from './app.ts'
import { document, type Site } from './document.ts'
import { html } from './html.ts'
import { webAddress } from './web-address.ts'
import { words } from './words.ts'

export type SignedOutPageProps = {
  readonly site: Site
  /** Where to go from here; only a web address becomes a link. */
  readonly client?: { readonly name: string; readonly uri?: string | undefined } | undefined
}

/** The end of a sign-out that leads nowhere else. */
export function signedOutPage({ site, client }: SignedOutPageProps): string {
  const address = webAddress(client?.uri)
  const back = client && address && html`<a class="button" href="${address}">${words.backTo(named(client.name))}</a>`
  const content = html`<h1>${words.logout.doneHeading}</h1>
<p class="muted">${words.logout.doneLead}</p>
${back && html`<div class="actions">${back}</div>`}`
  return document({ site, title: words.logout.doneTitle, content })
}
