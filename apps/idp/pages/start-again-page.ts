import { named } from './app.ts'
import { requestIdRow } from './copyable.ts'
import { document, type Site } from './document.ts'
import { html } from './html.ts'
import { webAddress } from './web-address.ts'
import { words } from './words.ts'

export type StartAgainPageProps = {
  readonly site: Site
  /** `unknown`: no such request in this browser, so that neither of the others can be said. */
  readonly reason: 'ended' | 'expired' | 'unknown'
  readonly client?: { readonly name: string; readonly uri?: string | undefined } | undefined
  readonly requestId?: string | undefined
}

const text = words.startAgain

/** A form that came too late or twice: explains, and leads back to where a sign-in begins. Never a dead end. */
export function startAgainPage({ site, reason, client, requestId }: StartAgainPageProps): string {
  const address = webAddress(client?.uri)
  const advice = client ? text.adviceFor(named(client.name)) : text.advice
  const link =
    client && address && html`<a class="button primary" href="${address}">${text.link(named(client.name))}</a>`
  const content = html`<h1>${text[reason].heading}</h1>
<p>${text[reason].lead}</p>
${link ? html`<div class="actions">${link}</div>` : html`<p>${advice}</p>`}
${requestId && html`<dl class="details">${requestIdRow(requestId)}</dl>`}`
  return document({ site, title: text.title, isError: true, content })
}
