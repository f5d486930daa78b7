import { type App, appMark, named } from './app.ts'
import { document, type Site } from './document.ts'
import { type Html, html } from './html.ts'
import { webAddress } from './web-address.ts'
import { words } from './words.ts'

/** Where an app's answer leads: an address, or a form that is posted there. */
export type Onward =
  | { readonly location: string }
  | { readonly action: string; readonly fields: ReadonlyMap<string, string> }

export type LeavePageProps = {
  readonly site: Site
  readonly client: App
  /** The OAuth error code that the app would be told. */
  readonly code: string
  readonly description: string
  readonly onward: Onward
}

const text = words.leave

/**
 * Before an error leads somebody who has done nothing here to an app that nobody knows: says where it leads, and leaves
 * it to the person (RFC 9700 §4.11.2).
 */
export function leavePage({ site, client, code, description, onward }: LeavePageProps): string {
  const host = html`<bdi class="name">${client.host}</bdi>`
  const content = html`${appMark(client)}
<h1>${text.heading(named(client.name))}</h1>
<p>${client.host === '' ? text.toDevice : text.to(host)}</p>
<p class="notice">${text.unverified(named(site.name))}</p>
<dl class="details">
<div><dt>${words.error.code}</dt><dd><code>${code}</code></dd></div>
<div><dt>${words.error.description}</dt><dd>${description}</dd></div>
</dl>
${way(onward)}`
  return document({ site, title: text.title, isError: true, content })
}

/** A link even to an app's own scheme: it was registered, and no script scheme can be. */
function way(onward: Onward): Html {
  if ('location' in onward)
    return html`<div class="actions"><a class="button" id="continue" rel="noreferrer" href="${onward.location}">${text.submit}</a></div>`
  const target = webAddress(onward.action)
  if (target === undefined) throw new TypeError('form_post needs an http or https redirect URI')
  const fields = [...onward.fields].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
  return html`<form class="form" method="post" action="${target}">${fields}<div class="actions"><button id="continue">${text.submit}</button></div></form>`
}
