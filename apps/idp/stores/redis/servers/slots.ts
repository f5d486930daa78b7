import type { RedisHost } from '#config/redis-url.ts'

/** How many buckets there are: the first byte of a hash. */
export const bucketCount = 256

/** The slot of each bucket's hash tag (`b00` to `bff`) in a cluster. */
export const slotOfBucket: readonly number[] = Array.from(
  { length: bucketCount },
  (_, bucket) => crc16(`b${bucket.toString(16).padStart(2, '0')}`) % 16_384,
)

/** CRC-16/XMODEM, as the Redis Cluster specification has it. */
function crc16(text: string): number {
  let crc = 0
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff
  }
  return crc
}

/** What CLUSTER SLOTS tells. */
export type SlotMap = {
  /** The primary of each bucket's slot; undefined where nobody serves it. */
  readonly owners: readonly (string | undefined)[]
  /** Everybody who was named, replicas too. */
  readonly known: readonly string[]
}

/** Reads the answer of CLUSTER SLOTS. A server that does not announce where it is means the one that was asked. */
export function readSlots(answer: unknown, asked: string): SlotMap {
  const owners: (string | undefined)[] = Array.from({ length: bucketCount }, () => undefined)
  const known = new Set<string>()
  for (const range of Array.isArray(answer) ? answer : []) {
    if (!Array.isArray(range)) continue
    const [from, to, ...nodes]: unknown[] = range
    const addresses = nodes.map((node) => (Array.isArray(node) ? announced(node[0], node[1], asked) : asked))
    for (const address of addresses) known.add(address)
    for (const [bucket, slot] of slotOfBucket.entries())
      if (Number(from) <= slot && slot <= Number(to)) owners[bucket] = addresses[0]
  }
  return { owners, known: [...known] }
}

/** Where `MOVED 3999 host:port` and `ASK 3999 host:port` point to. */
export function readRedirection(text: string, asked: string): string | undefined {
  const [, host, port] = /^(?:MOVED|ASK) \d+ (.*):(\d+)$/.exec(text) ?? []
  return port === undefined ? undefined : announced(host, port, asked)
}

function announced(host: unknown, port: unknown, asked: string): string {
  const name = typeof host === 'string' && host !== '' && host !== '?' ? host : hostOf(asked).host
  return `${name}:${Number(port)}`
}

/** Takes `host:port` apart; the host may be an IPv6 address. */
export function hostOf(address: string): RedisHost {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
}
