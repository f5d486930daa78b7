import { isLoopback } from './address-kinds.ts'
import { quote } from './kinds.ts'
import type { Kind, Reading } from './setting.ts'

/**
 * The issuer: what stands in `iss` and what clients compare byte by byte, so there is one way to write it. https, no
 * query, no fragment (OpenID Connect Discovery §3, RFC 8414 §2); no slash at the end; http for this machine only.
 */
export const issuer: Kind<string> = {
  read: readIssuer,
  json: { type: 'string', format: 'uri' },
  write: (value) => value,
}

function readIssuer(written: unknown): Reading<string> {
  const url = typeof written === 'string' ? URL.parse(written) : null
  if (!url || !/^https?:$/.test(url.protocol)) {
    return {
      fault: `${quote(written)} is not an https URL.`,
      mend: 'Write the public address, like https://id.example.com.',
    }
  }
  const given = String(written)
  if (/[?#]/.test(given)) {
    return { fault: `${quote(written)} has a query or a fragment.`, mend: 'Leave out everything from the ? or # on.' }
  }
  if (url.username || url.password || given.includes('@')) {
    return { fault: 'It contains a user name or a password.', mend: 'Leave out everything before the @.' }
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    const mend = 'Use https; plain http is for localhost only. Behind a TLS proxy, write the address that browsers see.'
    return { fault: `${quote(written)} is not https.`, mend }
  }
  if (given.endsWith('/')) return { fault: `${quote(written)} ends with a slash.`, mend: `Write ${plainForm(url)}.` }
  return given === plainForm(url)
    ? { value: given }
    : { fault: `${quote(written)} is not in its plain form.`, mend: `Write ${plainForm(url)}.` }
}

function plainForm(url: URL): string {
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}
