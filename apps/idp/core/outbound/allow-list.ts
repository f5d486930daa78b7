import { BlockList, isIP } from 'node:net'

/** What an operator lets our requests reach although it is private. */
export type AllowList = {
  /** Whether the host is named, for this port. Such a host may be asked by http, too. */
  namesHost(host: string, port: number): boolean
  /** Whether the host is named with this very port: then the port may be a dangerous one. */
  namesPort(host: string, port: number): boolean
  /** Whether the address lies in a range of the list. */
  holdsAddress(address: string): boolean
}

type Host = { readonly host: string; readonly port: number | undefined }
type Range = { readonly address: string; readonly length: number }

/**
 * Reads an entry: `host`, `host:port`, `[::1]:port` or a CIDR range. Undefined where it is neither. Hosts are compared as
 * URLs have them: lower case, IPv4 with four numbers, IPv6 in brackets.
 */
export function readAllowed(entry: string): Host | Range | undefined {
  const [address = '', length, ...rest] = entry.split('/')
  if (length !== undefined) return rest.length === 0 ? readRange(address, length) : undefined
  const literal = isIP(entry) === 6 ? `[${entry}]` : entry
  const url = URL.parse(`http://${literal}`)
  const written = literal.toLowerCase()
  if (!url || written.includes('*')) return undefined
  const hasPort = /:\d{1,5}$/.test(written.replace(/\[.*\]/, ''))
  if (written !== url.host && !(hasPort && written === `${url.hostname}:80`)) return undefined
  return { host: url.hostname, port: hasPort ? Number(url.port || 80) : undefined }
}

function readRange(address: string, length: string): Range | undefined {
  const version = isIP(address)
  const bits = Number(length)
  const fits = /^\d{1,3}$/.test(length) && bits > 0 && bits <= (version === 4 ? 32 : 128)
  return version === 0 || address.includes('%') || !fits ? undefined : { address, length: bits }
}

/** An allow-list of entries; those that cannot be read allow nothing. */
export function allowList(entries: readonly string[]): AllowList {
  const read = entries.map(readAllowed)
  const hosts = read.filter((one): one is Host => one !== undefined && 'host' in one)
  const ranges = new BlockList()
  for (const one of read) {
    if (one && 'length' in one) ranges.addSubnet(one.address, one.length, isIP(one.address) === 4 ? 'ipv4' : 'ipv6')
  }
  return {
    namesHost: (host, port) => hosts.some((one) => one.host === host && (one.port ?? port) === port),
    namesPort: (host, port) => hosts.some((one) => one.host === host && one.port === port),
    holdsAddress(address) {
      const version = isIP(address)
      return version !== 0 && ranges.check(address, version === 4 ? 'ipv4' : 'ipv6')
    },
  }
}
