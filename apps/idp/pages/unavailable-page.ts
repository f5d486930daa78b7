import { requestIdRow } from './copyable.ts'
import { document, type Site } from './document.ts'
import { html } from './html.ts'
import { isOwnPath } from './web-address.ts'
import { words } from './words.ts'

export type UnavailablePageProps = {
  readonly site: Site
  /** Seconds, as in `Retry-After`. */
  readonly retryAfter?: number | undefined
  /** The path to ask again, only where that is harmless; left out where it is not a path of ours. */
  readonly retry?: string | undefined
  readonly requestId?: string | undefined
}

const text = words.unavailable

/** The 503 page: says that it is our fault, that nothing is lost, and when to try again. */
export function unavailablePage({ site, retryAfter, retry, requestId }: UnavailablePageProps): string {
  const when = retryAfter === undefined ? undefined : text.retry(words.inSeconds(retryAfter))
  const link = retry && isOwnPath(retry) && html`<a class="button primary" href="${retry}">${text.retryLink}</a>`
  const content = html`<h1>${text.heading}</h1>
<p>${text.lead} ${when}</p>
${link && html`<div class="actions">${link}</div>`}
${requestId && html`<dl class="details">${requestIdRow(requestId)}</dl>`}`
  return document({ site, title: text.title, isError: true, content })
}
