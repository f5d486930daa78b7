import { bodyOf, type Draft, headersOf, targetOf } from './draft.ts'
import { isMisframed, type Outcome } from './send-draft.ts'

/** Milliseconds: longer is a hang. */
const longest = 2000
/** A server may close on more than it takes (`maxHeaderSize`, `bodyLimit`) before the client has sent it all. */
const mostHead = 16 * 1024
const mostBody = 64 * 1024

/** What is wrong with an answer, whatever was asked; undefined where nothing is. */
export function faultOf(draft: Draft, outcome: Outcome, issuer: string): string | undefined {
  const { status, milliseconds, hangs, headers, text, trouble } = outcome
  if (hangs || milliseconds > longest) return `no answer for ${Math.round(milliseconds)} ms`
  if (status === undefined)
    return mayBeCutOff(draft) ? undefined : `the connection was closed without an answer (${trouble})`
  if (status === 503 && headers['retry-after'] && draft.path === '/login') return undefined
  if (status >= 500) return `${status} ${text.slice(0, 300)}`
  if (headers['content-type']?.includes('html') && text.includes('<script>alert'))
    return `markup of the request in the answer: ${text.slice(0, 300)}`
  if (/node_modules|\bat .*\.[mt]s:\d+/.test(text)) return `a stack in the answer: ${text.slice(0, 300)}`
  return faultOfRedirect(headers.location, issuer)
}

/** Browsers are led to our own pages and to what the client registered, and nowhere else. */
function faultOfRedirect(location: string | undefined, issuer: string): string | undefined {
  if (location === undefined) return undefined
  const { origin, pathname } = new URL(location, issuer)
  const isKnown = origin === issuer || (origin === 'https://app.test' && ['/cb', '/bye'].includes(pathname))
  return isKnown ? undefined : `a redirect to ${location.slice(0, 200)}`
}

function mayBeCutOff(draft: Draft): boolean {
  const head =
    targetOf(draft).length + headersOf(draft).reduce((sum, { name, value }) => sum + name.length + value.length, 0)
  return isMisframed(draft) || head > mostHead / 2 || (bodyOf(draft)?.length ?? 0) > mostBody / 2
}
