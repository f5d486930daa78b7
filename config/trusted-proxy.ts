import { isIP } from 'node:net'
import { quote } from './kinds.ts'
import type { Kind, Reading } from './setting.ts'

/** The widest ranges that can be one operator's own proxies. Wider, anybody could claim any address. */
const widest = { v4: 8, v6: 16 }

/**
 * A proxy whose `X-Forwarded-*` is believed: an IP address or a CIDR range. A range that covers strangers is refused,
 * because whoever it covers can pretend to be anybody in throttling and in the audit trail.
 */
export const trustedProxy: Kind<string> = {
  read: readProxy,
  json: { type: 'string', minLength: 1 },
  write: (value) => value,
}

function readProxy(written: unknown): Reading<string> {
  const mend = 'Write the addresses of your proxies, for instance 10.0.0.7 or 10.0.0.0/24.'
  const [address = '', length, ...rest] = String(written).split('/')
  const version = isIP(address)
  if (
    version === 0 ||
    address.includes('%') ||
    rest.length > 0 ||
    (length !== undefined && !/^\d{1,3}$/.test(length))
  ) {
    return { fault: `${quote(written)} is neither an IP address nor a CIDR range.`, mend }
  }
  if (length === undefined) return { value: address }

  const bits = Number(length)
  if (bits > (version === 4 ? 32 : 128)) return { fault: `${quote(written)} has too long a prefix.`, mend }
  const mapped = version === 6 && URL.parse(`http://[${address}]`)?.hostname.startsWith('[::')
  if (mapped && bits < 96) {
    const fault = `${quote(written)} covers every IPv4 address: in the ::ffff: form the first 96 bits are fixed.`
    return { fault, mend: 'Write the IPv4 range itself, for instance 10.0.0.0/8.' }
  }
  if (bits < (version === 4 ? widest.v4 : mapped ? 96 + widest.v4 : widest.v6)) {
    return { fault: `${quote(written)} covers strangers: anybody in it could forge their address.`, mend }
  }
  return { value: `${address}/${bits}` }
}
