import { isIP } from 'node:net'
import type { AllowList } from './allow-list.ts'
import { isPublicAddress } from './public-address.ts'

/** Where a request goes: read out of a URI once, so that nobody parses it a second time and differently. */
export type OutboundTarget = {
  readonly isHttps: boolean
  /** As URLs have it, IPv6 without its brackets. */
  readonly host: string
  readonly port: number
  /** Path and query; a fragment is never sent. */
  readonly path: string
  /** What goes into the `Host` header. */
  readonly authority: string
  /** Whether the operator named this host: its addresses are then not judged. */
  readonly isNamed: boolean
}

const longestUri = 2000

/** Ports above 1023 behind which other services listen, which must not be talked to in our name. */
const services: ReadonlySet<number> = new Set([
  1080, 1433, 1434, 1521, 1719, 1720, 1723, 2049, 2181, 2375, 2376, 2379, 2380, 3128, 3268, 3269, 3306, 3389, 3659,
  4045, 4190, 4444, 5060, 5061, 5432, 5433, 5672, 5900, 5984, 5985, 5986, 6000, 6379, 6380, 6443, 6566, 6665, 6666,
  6667, 6668, 6669, 6679, 6697, 7000, 7001, 8086, 8500, 9042, 9092, 9100, 9160, 9200, 9300, 10_080, 10_250, 10_255,
  11_211, 15_672, 26_379, 27_017, 27_018, 50_000,
])

/**
 * Where a URI leads, or why it is not asked, in words for whoever registers it. https alone, but for hosts that the
 * operator named; no credentials; no port of another service; no literal address that is not public. A name is judged
 * by its addresses when they are connected to.
 */
export function readOutboundUri(uri: string, allow: AllowList): OutboundTarget | string {
  if (uri.length > longestUri) return `it is longer than ${longestUri} characters`
  if (!/^[\x21-\x7e]+$/.test(uri)) return 'it is empty or has blanks, control or non-ASCII characters'
  if (/[\\"<>^`{|}*]/.test(uri)) return 'it has a character that no URI has (RFC 3986 §2); there are no templates'
  const url = URL.parse(uri)
  if (!url || !/^https?:\/\/[^/]/i.test(uri)) return 'it is not an https URL with a host'
  const authority = /^https?:\/\/([^/?#]*)/i.exec(uri)?.[1] ?? ''
  if (url.username || url.password || authority.includes('@')) return 'it has a user name or an @ before the path'

  const isHttps = url.protocol === 'https:'
  const port = Number(url.port || (isHttps ? 443 : 80))
  const isNamed = allow.namesHost(url.hostname, port)
  if (!isHttps && !isNamed) return 'only https is asked'
  if (isDangerous(port) && !allow.namesPort(url.hostname, port)) return `port ${port} is not one of a web server`
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isLiteral = isIP(host) !== 0
  if (!isNamed && (isLiteral ? !mayReach(host, allow) : isOwnName(host))) return 'it leads into a private network'
  return { isHttps, host, port, path: url.pathname + url.search, authority: url.host, isNamed }
}

/** Whether a request may be sent to this address, if nobody named the host that it is of. */
export function mayReach(address: string, allow: AllowList): boolean {
  return isPublicAddress(address) || allow.holdsAddress(address)
}

function isDangerous(port: number): boolean {
  return port < 1024 ? port !== 443 && port !== 80 : services.has(port)
}

/** Names that are this machine's by definition (RFC 6761 §6.3), whatever a resolver says. */
function isOwnName(host: string): boolean {
  return /(^|\.)localhost\.?$/.test(host)
}
