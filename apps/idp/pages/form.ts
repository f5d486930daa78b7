import { type Html, html } from './html.ts'
import { ownTarget } from './web-address.ts'

/** Where a page's forms post to, and the token that proves they are ours. */
export type FormTarget = { readonly action: string; readonly csrf: string }

/** A form that posts back to us. Without a script it works; with one a second click does not send it twice. */
export function form({ action, csrf }: FormTarget, content: Html): Html {
  return html`<form class="form" method="post" action="${ownTarget(action)}" novalidate data-once>
<input type="hidden" name="csrf" value="${csrf}">
${content}
</form>`
}

/** A button that is a form of its own: pressing Enter in the page's main form can never choose it. */
export function loneButton(target: FormTarget, button: { action: string; text: string; id?: string }): Html {
  const content = html`<button class="link" ${button.id && html`id="${button.id}"`} name="action" value="${button.action}">${button.text}</button>`
  return html`<div class="lone">${form(target, content)}</div>`
}
