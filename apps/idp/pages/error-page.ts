import { named } from './app.ts'
import { requestIdRow } from './copyable.ts'
import { document, type Site } from './document.ts'
import { type Html, html } from './html.ts'
import { mismatchSection, type RedirectMismatch } from './redirect-mismatch.ts'
import { words } from './words.ts'

export type ErrorPageProps = {
  readonly site: Site
  readonly title?: string | undefined
  /** The OAuth error code (RFC 6749 §4.1.2.1), shown as it is. */
  readonly code: string
  readonly description: string
  /** The offending parameter, by its name on the wire. */
  readonly parameter?: string | undefined
  readonly requestId: string
  readonly client?: { readonly name: string } | undefined
  /** Development mode alone: what came and what is registered. */
  readonly detail?: RedirectMismatch | undefined
}

const text = words.error

/** An error that cannot be sent to the app: in words for the person, in the protocol's terms for the developer. */
export function errorPage(props: ErrorPageProps): string {
  const { site, client, detail } = props
  const title = props.title ?? text.title
  const content = html`<h1>${title}</h1>
<p>${client ? text.adviceFor(named(client.name)) : text.advice} <span class="muted">${text.askForHelp}</span></p>
<h2 class="unseen">${text.detailHeading}</h2>
<dl class="details">
${row(text.code, html`<code>${props.code}</code>`)}
${row(text.description, html`${props.description}`)}
${props.parameter && row(text.parameter, html`<code>${props.parameter}</code>`)}
${requestIdRow(props.requestId)}
</dl>
${detail && mismatchSection(detail)}`
  return document({ site, title, isError: true, content })
}

function row(term: string, value: Html): Html {
  return html`<div><dt>${term}</dt><dd>${value}</dd></div>`
}
