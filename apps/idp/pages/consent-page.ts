import { type Account, accountRow } from './account.ts'
import { type App, appMark, appPolicies, named } from './app.ts'
import { document, type Site } from './document.ts'
import { type FormTarget, form, loneButton } from './form.ts'
import { type Html, html } from './html.ts'
import { words } from './words.ts'

/** An app that asks, and how far the site vouches for it. `unverified` is an app that registered itself. */
export type ConsentApp = App & {
  readonly standing: 'first-party' | 'third-party' | 'unverified'
  /** The redirect leads to an app on this device (a loopback address or a scheme of its own; RFC 8252 §8.6). */
  readonly onThisDevice: boolean
}

export type ConsentScope = {
  readonly name: string
  /** What it means to a person; a standard scope has words of its own, and else the bare name is shown. */
  readonly sentence?: string | undefined
  /** Not among what this person allowed last time. Marked only where something else was allowed. */
  readonly isNew: boolean
  readonly sensitive: boolean
}

export type ConsentPageProps = FormTarget & {
  readonly site: Site
  readonly client: ConsentApp
  readonly account: Account
  readonly scopes: readonly ConsentScope[]
}

const text = words.consent

/** What an app may do, asked in words. Posts `action` = `approve`, `deny` or `switch` (another account). */
export function consentPage(props: ConsentPageProps): string {
  const { site, client, account, scopes } = props
  const name = named(client.name)
  const content = html`${appMark(client)}
<h1>${text.heading(name, named(site.name))}</h1>
${accountRow(account, loneButton(props, { action: 'switch', text: text.notYou, id: 'switch' }))}
${scopes.length === 0 ? html`<p>${text.unasked(name)}</p>` : scopeList(name, scopes)}
${client.standing === 'unverified' && html`<p class="notice">${standing(client, site)}</p>`}
<div class="fine">
<p>${text.reassurance(name)}</p>
${client.standing !== 'unverified' && html`<p>${standing(client, site)}</p>`}
<p>${client.onThisDevice ? text.returnsToDevice : text.returnsTo(html`<bdi class="name">${client.host}</bdi>`)}</p>
</div>
${form(props, decision)}`
  return document({ site, title: text.title, content, footer: appPolicies(client) })
}

/** Allow stands first in the document, where the keyboard comes first; both have the same weight for the eye. */
const decision = html`<div class="actions pair">
<button class="primary" id="approve" name="action" value="approve">${text.approve}</button>
<button id="deny" name="action" value="deny">${words.cancel}</button>
</div>`

function scopeList(name: Html, scopes: readonly ConsentScope[]): Html {
  const isRenewal = scopes.some((scope) => !scope.isNew)
  return html`<h2>${text.list(name)}</h2>
<ul class="scopes">${scopes.map((scope) => scopeItem(scope, isRenewal))}</ul>`
}

function scopeItem(scope: ConsentScope, isRenewal: boolean): Html {
  const sentence = scope.sentence || words.scopes.get(scope.name) || scope.name
  return html`<li${scope.sensitive && html` class="sensitive"`}>${isRenewal && scope.isNew && html`<strong class="tag">${text.fresh}</strong> `}
<bdi>${sentence}</bdi>${scope.sensitive && html` <strong class="tag warning">${text.sensitive}</strong>`}</li>
`
}

function standing(client: ConsentApp, site: Site): Html {
  const name = named(site.name)
  if (client.standing === 'first-party') return text.firstParty(name)
  return client.standing === 'third-party' ? text.thirdParty(name) : text.unverified(name)
}
