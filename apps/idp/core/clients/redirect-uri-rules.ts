import type { Client } from './client.ts'

const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const longestUri = 2000
/** Parameters of the answer: one that stands in the URI already could be taken for ours (RFC 6749 §4.1.2, RFC 9207). */
const answered: ReadonlySet<string> = new Set([
  'code',
  'state',
  'iss',
  'session_state',
  'error',
  'error_description',
  'error_uri',
  'response',
])
/** As names are looked up; URL parsers take much more, `a;b` and `a'b` for instance. */
const hostAndPort = /^(?:[a-z0-9._-]+|\[[0-9a-f:]+\])(?::\d+)?$/
/** A reversed domain name, so at least one dot (RFC 8252 §7.1). */
const privateScheme = /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+:\/[^\s]*$/

/**
 * Why a URI cannot be registered as a redirect URI; undefined where it can. An allow-list: https; http on this machine;
 * for native clients a private scheme with a dot. Everything else, script schemes in any spelling included, is not in
 * it. Nothing is corrected: the string is kept as given and compared byte by byte later.
 */
export function checkRedirectUri(uri: string, applicationType: Client['applicationType']): string | undefined {
  const fault = faultOfForm(uri)
  if (fault) return fault
  if (/^https?:/.test(uri)) return faultOfWebUri(uri) ?? faultOfQuery(uri)
  if (!privateScheme.test(uri))
    return 'only https, http on localhost, and a reversed domain such as com.example.app:/ are allowed'
  if (applicationType !== 'native') return 'a private scheme is for native apps only (application type native)'
  return URL.canParse(uri) ? faultOfQuery(uri) : 'it is not a URL'
}

/** Why a URI cannot be shown or linked to on our pages (logo, policy, terms): https, or http on this machine. */
export function checkPageUri(uri: string): string | undefined {
  return (
    faultOfForm(uri) ?? (/^https?:/.test(uri) ? faultOfWebUri(uri) : 'only https, and http on localhost, are allowed')
  )
}

/** Why a request object cannot be at an address: as {@link checkPageUri}, but a fragment may tell versions of it apart. */
export function checkRequestUri(uri: string): string | undefined {
  return checkPageUri(uri.replace(/#[\x21-\x7e]*$/, ''))
}

function faultOfForm(uri: string): string | undefined {
  if (uri.length > longestUri) return `it is longer than ${longestUri} characters`
  if (!/^[\x21-\x7e]+$/.test(uri)) return 'it is empty or has blanks, control or non-ASCII characters'
  if (uri.includes('\\')) return 'it has a backslash, which browsers read as a slash'
  if (/["<>^`{|}]/.test(uri)) return 'it has a character that no URI has (RFC 3986 §2); there are no templates'
  if (uri.includes('*')) return 'it has a *; there are no wildcards, register each address'
  if (uri.includes('#')) return 'it has a fragment (RFC 6749 §3.1.2)'
  return undefined
}

/** Its parsed form must be what was written, so that no two parsers can disagree about where it leads. */
function faultOfWebUri(uri: string): string | undefined {
  const url = URL.parse(uri)
  if (!url || !/^https?:\/\/[^/]/.test(uri)) return 'it is not a URL with a host'
  const authority = /^https?:\/\/([^/?]*)/.exec(uri)?.[1] ?? ''
  if (url.username || url.password || authority.includes('@')) return 'it has a user name or an @ before the path'
  if (url.protocol === 'http:' && !loopbackHosts.has(url.hostname))
    return 'http is for localhost, 127.0.0.1 and [::1] only'
  const plain = url.href === uri || (url.pathname === '/' && url.href.replace(/\/(?=$|\?)/, '') === uri)
  if (!plain) return `it is not in its plain form; write ${url.href}`
  return hostAndPort.test(authority) ? undefined : 'its host is not a domain name or an IP address'
}

function faultOfQuery(uri: string): string | undefined {
  const names = [...new URL(uri).searchParams.keys()]
  const reserved = names.find((name) => answered.has(name))
  return reserved && `its query has ${reserved}, which the answer adds`
}
