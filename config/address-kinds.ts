import { isIP } from 'node:net'
import { quote } from './kinds.ts'
import type { Kind } from './setting.ts'

const hostForm = /^(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/

/** Whether a host name or literal is this machine itself (RFC 6761 §6.3, RFC 8252 §7.3). Brackets are allowed. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  if (name === '::1' || name === 'localhost' || name.endsWith('.localhost')) return true
  return isIP(name) === 4 && name.startsWith('127.')
}

/** An address to listen on: an IP address or a host name, without a port. */
export const listenHost: Kind<string> = {
  read(written) {
    const mend = 'Write an IP address or a host name without a port; 0.0.0.0 or :: for every interface.'
    if (typeof written !== 'string') return { fault: `${quote(written)} is not an address.`, mend }
    return isIP(written) || hostForm.test(written)
      ? { value: written }
      : { fault: `${quote(written)} is not an address.`, mend }
  },
  json: { type: 'string', minLength: 1 },
  write: (value) => value,
}

/** A name that requests may be addressed to, with a port where it is not the scheme's own. */
export const hostName: Kind<string> = {
  read(written) {
    const mend = 'Write a host name as browsers send it, for instance id.internal.example or id.example:8443.'
    const value = String(written).toLowerCase()
    const url = URL.parse(`http://${value}`)
    const plain = url !== null && !value.includes('*') && (url.host === value || `${url.host}:80` === value)
    return plain ? { value } : { fault: `${quote(written)} is not a host name.`, mend }
  },
  json: { type: 'string', minLength: 1 },
  write: (value) => value,
}

/** A browser origin, for CORS: scheme, host and port, nothing else. */
export const origin: Kind<string> = {
  read(written) {
    const url = URL.parse(String(written))
    const web = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
    if (url && web && url.origin === written && !url.host.includes('*')) return { value: url.origin }
    const mend =
      'Write scheme, host and port only, for instance https://app.example; http is for localhost. No wildcard.'
    return { fault: `${quote(written)} is not an origin.`, mend }
  },
  json: { type: 'string', pattern: '^https?://[^/*]+$' },
  write: (value) => value,
}
