import { document, type Site } from './document.ts'
import { type Html, html } from './html.ts'
import { webAddress } from './web-address.ts'
import { words } from './words.ts'

export type FormPostPageProps = {
  readonly site: Site
  /** The redirect URI; its origin must be in the policy's `form-action`. */
  readonly action: string
  readonly fields: Readonly<Record<string, string>> | ReadonlyMap<string, string>
}

const text = words.formPost

/**
 * The answer in a form that sends itself (OAuth 2.0 Form Post Response Mode §2). The button is there for everyone, not
 * in a `noscript` alone: a script that is blocked or fails must not end the flow. Throws unless the target is http(s).
 */
export function formPostPage({ site, action, fields }: FormPostPageProps): string {
  const target = webAddress(action)
  if (target === undefined) throw new TypeError('form_post needs an http or https redirect URI')
  const pairs = fields instanceof Map ? [...fields] : Object.entries(fields)
  const content = html`<div class="patient">
<h1>${text.heading}</h1>
<p class="muted">${text.lead}</p>
<form class="form" method="post" action="${target}" data-auto data-once>
${pairs.map(([name, value]) => hidden(name, value))}
<div class="actions"><button class="primary" id="continue">${text.submit}</button></div>
</form>
</div>`
  return document({ site, title: text.title, content })
}

function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">
`
}
