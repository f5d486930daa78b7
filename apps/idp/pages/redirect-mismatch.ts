import { copyable } from './copyable.ts'
import { type Html, html } from './html.ts'
import { words } from './words.ts'

/** A redirect URI that matched none, those that are registered, and the command that would mend it. */
export type RedirectMismatch = {
  readonly received: string
  readonly registered: readonly string[]
  readonly command?: string | undefined
}

/** A text in three parts: what two texts share at either end, and what differs between. */
export type Difference = { readonly before: string; readonly differs: string; readonly after: string }

const text = words.error

/** What was received against what is registered, the nearest first, with the difference marked. */
export function mismatchSection({ received, registered, command }: RedirectMismatch): Html {
  const byNearness = registered.toSorted((a, b) => shared(b, received) - shared(a, received))
  const nearest = byNearness[0]
  return html`<section class="mismatch">
<h2>${text.mismatch}</h2>
<p class="muted">${text.mismatchLead} ${text.shownInDevelopment}</p>
<h3>${text.received}</h3>
<p><code>${nearest === undefined ? received : marked(difference(received, nearest))}</code></p>
<h3>${text.registered}</h3>
${nearest === undefined ? html`<p>${text.noneRegistered}</p>` : html`<ul>${byNearness.map((uri) => html`<li><code>${uri === nearest ? marked(difference(uri, received)) : uri}</code></li>`)}</ul>`}
${command && html`<p>${text.mend}</p><p>${copyable(command, 'command')}</p>`}
</section>`
}

/** Where `text` differs from `other`: by characters, since redirect URIs are compared so (RFC 6749 §3.1.2.3). */
export function difference(text: string, other: string): Difference {
  const [from, to] = [[...text], [...other]]
  const start = sharedPrefix(from, to)
  const end = Math.min(sharedPrefix(from.toReversed(), to.toReversed()), from.length - start, to.length - start)
  return {
    before: from.slice(0, start).join(''),
    differs: from.slice(start, from.length - end).join(''),
    after: from.slice(from.length - end).join(''),
  }
}

function shared(one: string, other: string): number {
  const { before, after } = difference(one, other)
  return before.length + after.length
}

function sharedPrefix(one: readonly string[], other: readonly string[]): number {
  const first = one.findIndex((character, index) => character !== other[index])
  return first === -1 ? one.length : first
}

function marked({ before, differs, after }: Difference): Html {
  return html`${before}${differs && html`<mark>${differs}</mark>`}${after}`
}
