import { initial } from './app.ts'
import { type Html, html } from './html.ts'
import { words } from './words.ts'

/** The person as the pages show them. */
export type Account = { readonly username: string; readonly email?: string | undefined }

/** Who is signed in, and beside it what can be done about that. */
export function accountRow(account: Account, beside?: Html): Html {
  const email = account.email && account.email !== account.username
  return html`<div class="account">
<div class="who"><span class="avatar" aria-hidden="true">${initial(account.username)}</span>
<p><span class="unseen">${words.signedInAs} </span><bdi class="name">${account.username}</bdi>
${email && html`<bdi class="muted">${account.email}</bdi>`}</p></div>
${beside}
</div>`
}
