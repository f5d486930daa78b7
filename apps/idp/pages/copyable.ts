import { type Html, html } from './html.ts'
import { words } from './words.ts'

/** A value that people pass on, with a button that copies it where a script runs. */
export function copyable(value: string, what: string): Html {
  return html`<span class="copyable"><code>${value}</code>
<button type="button" class="small" aria-label="${words.copy} ${what}" data-copy="${value}" data-copied="${words.copied}" hidden>${words.copy}</button>
<span role="status" data-copy-status></span></span>`
}

/** The id under which our log knows this request. */
export function requestIdRow(requestId: string): Html {
  return html`<div><dt>${words.requestId}</dt><dd>${copyable(requestId, words.requestId.toLowerCase())}</dd></div>`
}
