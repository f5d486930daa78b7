import { type Account, accountRow } from './account.ts'
import { type App, appMark, appPolicies, named } from './app.ts'
import { document, type Site } from './document.ts'
import { type FormTarget, form } from './form.ts'
import { html } from './html.ts'
import { words } from './words.ts'

export type SelectAccountPageProps = FormTarget & {
  readonly site: Site
  readonly client: App
  readonly account: Account
}

const text = words.selectAccount

/** `prompt=select_account`: posts `action` = `continue`, `switch` (another account) or `deny`. */
export function selectAccountPage(props: SelectAccountPageProps): string {
  const { site, client, account } = props
  const content = html`${appMark(client)}
<h1>${text.title}</h1>
<p class="muted host">${text.lead(named(client.name))}</p>
${accountRow(account)}
${form(
  props,
  html`<div class="actions">
<button class="primary" id="continue" name="action" value="continue">${text.continueAs(named(account.username))}</button>
<button id="switch" name="action" value="switch">${words.useAnother}</button>
<button class="quiet" id="deny" name="action" value="deny">${words.cancel}</button>
</div>`,
)}`
  return document({ site, title: text.title, content, footer: appPolicies(client) })
}
