import { type Account, accountRow } from './account.ts'
import { named } from './app.ts'
import { document, type Site } from './document.ts'
import { type FormTarget, form } from './form.ts'
import { html } from './html.ts'
import { ownTarget } from './web-address.ts'
import { words } from './words.ts'

export type HomePageProps = {
  readonly site: Site
  /** Where the discovery document is. */
  readonly discovery: string
  /** Who is signed in at this browser, and where to post to sign out. */
  readonly session?: (FormTarget & { readonly account: Account }) | undefined
}

const text = words.home

/** The page at `/`, for people who come without an app. */
export function homePage({ site, discovery, session }: HomePageProps): string {
  const signOut = html`<div class="actions"><button id="logout" name="action" value="logout">${text.signOut}</button></div>`
  const content = html`<h1>${text.heading(named(site.name))}</h1>
<p>${text.lead}</p>
${session && html`${accountRow(session.account)}${form(session, signOut)}`}`
  const footer = html`<p>${text.developers} <a href="${ownTarget(discovery)}">${text.discovery}</a></p>`
  return document({ site, title: text.title, content, footer })
}
