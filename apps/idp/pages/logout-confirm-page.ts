import { type Account, accountRow } from './account.ts'
import { named } from './app.ts'
import { document, type Site } from './document.ts'
import { type FormTarget, form } from './form.ts'
import { html } from './html.ts'
import { words } from './words.ts'

export type LogoutConfirmPageProps = FormTarget & {
  readonly site: Site
  readonly account?: Account | undefined
  /** Who asks, where that is known. */
  readonly client?: { readonly name: string } | undefined
}

const text = words.logout

/** Asks before signing out where the request did not prove whom it means. Posts `action` = `logout` or `stay`. */
export function logoutConfirmPage(props: LogoutConfirmPageProps): string {
  const { site, account, client } = props
  const content = html`<h1>${text.heading(named(site.name))}</h1>
<p class="muted">${client && html`${text.asked(named(client.name))} `}${text.lead}</p>
${account && accountRow(account)}
${form(
  props,
  html`<div class="actions pair">
<button class="primary" id="logout" name="action" value="logout">${text.submit}</button>
<button id="stay" name="action" value="stay">${text.stay}</button>
</div>`,
)}`
  return document({ site, title: text.title, content })
}
