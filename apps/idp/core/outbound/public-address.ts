import { BlockList, isIP } from 'node:net'

/**
 * Everything that the registries of special addresses hold (RFC 6890, and IANA's lists since), wider where a range has
 * no use for us: whoever is meant to be reached by strangers has another address.
 */
const special: readonly (readonly [range: string, length: number])[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carrier-grade NAT, and some clouds' metadata
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // a cloud's own wire server
  ['169.254.0.0', 16], // link-local, and the metadata of most clouds
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
]

/** Of IPv6 only global unicast is public at all; these lie within it. */
const specialGlobal: readonly (readonly [range: string, length: number])[] = [
  ['2001::', 23], // protocol assignments: Teredo, ORCHID, benchmarking
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4, which carries any IPv4 address
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
  ['3ffe::', 16],
]

const refused = new BlockList()
for (const [range, length] of special) refused.addSubnet(range, length, 'ipv4')
for (const [range, length] of specialGlobal) refused.addSubnet(range, length, 'ipv6')

const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')

/**
 * Whether an IP address is one that strangers may send us to. False for everything private, local or special, for every
 * form of IPv6 that carries an IPv4 address (mapped, NAT64, 6to4, Teredo), for a zone, and for what is no address.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !refused.check(address, 'ipv4')
  if (isIP(address) !== 6 || address.includes('%')) return false
  return globalUnicast.check(address, 'ipv6') && !refused.check(address, 'ipv6')
}
