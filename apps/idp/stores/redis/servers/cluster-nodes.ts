import type { Redis, RedisOptions } from 'ioredis'
import type { RedisHost } from '#config/redis-url.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { dial } from './dial.ts'
import { failureOf } from './failures.ts'
import { type RedisNode, redisNode } from './redis-node.ts'
import { bucketCount, hostOf, readSlots } from './slots.ts'

/** Milliseconds between two looks at the cluster's own table. */
const betweenLooks = 200

/** The servers of a cluster, and which of them holds which bucket. */
export type ClusterNodes = {
  /** The address of the primary of a bucket, as far as it is known. */
  ownerOf(bucket: number): string | undefined
  /** What a redirection taught. */
  move(bucket: number, address: string): void
  /** The server there; it is connected to where it is new. */
  at(address: string): RedisNode
  /** Those that hold buckets. */
  primaries(): readonly RedisNode[]
  /** Looks again, from any server that answers; at most every 200 ms, however many ask. Never rejects. */
  refresh(): Promise<void>
  /** Why the last look failed. */
  lastFailure(): string
  /** A connection for somebody else to any server, another one each time. */
  dialNext(): Redis
  close(): Promise<void>
}

type Settings = {
  readonly seeds: readonly RedisHost[]
  readonly optionsFor: (host: RedisHost) => RedisOptions
  readonly replicas: number
}

/** Knows nothing yet: `refresh` learns. */
export function clusterNodes({ seeds, optionsFor, replicas }: Settings): ClusterNodes {
  const seedAddresses = seeds.map(({ host, port }) => `${host}:${port}`)
  const nodes = new Map<string, RedisNode>()
  let owners: (string | undefined)[] = Array.from({ length: bucketCount })
  let known: readonly string[] = []
  let failure = 'no answer'
  let looking: Promise<void> | undefined
  let lastLook = Number.NEGATIVE_INFINITY
  let turn = 0
  let isClosed = false

  function at(address: string): RedisNode {
    if (isClosed) throw new Unavailable('the connection to Redis is being closed')
    const node = nodes.get(address) ?? redisNode(async () => optionsFor(hostOf(address)), replicas)
    nodes.set(address, node)
    return node
  }

  const dialTo = (address: string) => dial(optionsFor(hostOf(address)))

  async function look(): Promise<void> {
    const addresses = new Set([...known, ...seedAddresses])
    const usable = [...addresses].filter((address) => nodes.get(address)?.isUsable)
    const ask = async (address: string, answer: Promise<unknown>) => ({ address, answer: await answer })
    const viaNodes = usable.map((address) =>
      ask(
        address,
        at(address).send((redis) => redis.cluster('SLOTS')),
      ),
    )
    const found = await Promise.any(viaNodes)
      // Nobody of those that we talk with: then anybody who was ever named.
      .catch(() => Promise.any([...addresses].map((address) => ask(address, askOnce(dialTo(address))))))
      .catch((error: AggregateError) => {
        failure = reasonOf(error)
      })
    if (!found || isClosed) return
    const map = readSlots(found.answer, found.address)
    if (map.owners.every((owner) => owner === undefined)) failure = 'nobody serves its slots yet'
    owners = [...map.owners]
    known = map.known
    for (const address of new Set(owners)) if (address !== undefined) at(address)
    retire()
  }

  /** Lets go of those that hold nothing any more. */
  function retire(): void {
    const holders = new Set(owners)
    for (const [address, node] of nodes) {
      if (holders.has(address)) continue
      nodes.delete(address)
      void node.close()
    }
  }

  return {
    ownerOf: (bucket) => owners[bucket],
    move(bucket, address) {
      owners[bucket] = address
    },
    at,
    primaries: () => [...new Set(owners)].flatMap((address) => (address === undefined ? [] : [at(address)])),
    refresh() {
      if (looking) return looking
      if (isClosed || performance.now() - lastLook < betweenLooks) return Promise.resolve()
      lastLook = performance.now()
      looking = look().finally(() => {
        looking = undefined
      })
      return looking
    },
    lastFailure: () => failure,
    dialNext() {
      const addresses = [...new Set([...owners.filter((owner) => owner !== undefined), ...seedAddresses])]
      return dialTo(addresses[turn++ % addresses.length] ?? '')
    },
    async close() {
      isClosed = true
      await Promise.all([...nodes.values()].map((node) => node.close()))
    },
  }
}

/** One question on a connection that is not kept. */
async function askOnce(redis: Redis): Promise<unknown> {
  let last: Error | undefined
  redis.on('error', (error: Error) => {
    last = error
  })
  try {
    await redis.connect()
    return await redis.cluster('SLOTS')
  } catch (error) {
    throw failureOf(last ?? error)
  } finally {
    redis.disconnect()
  }
}

/** The plainest words: a refused account says more than a refused connection. */
function reasonOf({ errors }: AggregateError): string {
  const messages = errors.map((error) => {
    const cause: unknown = error instanceof Error ? error.cause : undefined
    return cause instanceof Error ? cause.message : String(error)
  })
  return messages.find((message) => /\b(WRONGPASS|NOAUTH|NOPERM)\b/.test(message)) ?? messages[0] ?? 'no answer'
}
