import { Redis } from 'ioredis'
import { type Clock, later } from '#core/clock.ts'
import { applyEnd } from '#core/tokens/end.ts'
import type { End, FactStore } from '#core/tokens/fact-store.ts'
import type { TokenFamily } from '#core/tokens/token-family.ts'
import type { EpochStore } from '#stores/epoch-store.ts'
import type { LeaseStore } from '#stores/lease-store.ts'
import { memoryEpochs } from '#stores/memory/durable-epochs.ts'
import { memoryFacts } from '#stores/memory/durable-facts.ts'
import { memoryLeases } from '#stores/memory/durable-leases.ts'
import { codeStore } from '#stores/redis/code-store.ts'
import { familyStore } from '#stores/redis/family-store.ts'
import { keepBuckets } from '#stores/redis/keep-buckets.ts'
import { openRedisStores, type RedisStoreSettings } from '#stores/redis/open-redis-stores.ts'
import type { RebuildEvent } from '#stores/redis/rebuild.ts'
import { revocationStore } from '#stores/redis/revocation-store.ts'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import type { RedisServers } from '#stores/redis/servers/redis-servers.ts'
import { sessionStore } from '#stores/redis/session-store.ts'
import { testClock } from '#test/support/clock.ts'
import { startPrivateRedis } from '#test/support/redis.ts'
import { aRevocable } from './samples.ts'

/** The durable half that Redis stores need: one database. */
export type Durable = { readonly epochs: EpochStore; readonly leases: LeaseStore; readonly facts: FactStore }

/** A database that knows nothing yet. */
export function aDatabase(): Durable {
  return { epochs: memoryEpochs(), leases: memoryLeases(), facts: memoryFacts() }
}

/** Stores as a server has them, over a database of their own unless told. */
export function openStores(settings: Pick<RedisStoreSettings, 'url'> & Partial<RedisStoreSettings>) {
  return openRedisStores({ ...aDatabase(), clock: testClock(), sessionIdle: 600, ...settings })
}

export type TickedSettings = {
  readonly servers: RedisServers
  readonly database: Durable
  readonly clock: Clock
  readonly prefix?: string
  /** Milliseconds since it was opened; none go by unless a test lets them. */
  readonly elapsed?: () => number
}

/**
 * Stores of one process whose work nobody does but the test: `attempt` is a round of making known what is in doubt,
 * `beat` a heartbeat, `note` a note to SQL.
 */
export function openTicked({ servers, database, clock, prefix = 'signet', elapsed = () => 0 }: TickedSettings) {
  const reports: RebuildEvent[] = []
  const report = (event: RebuildEvent) => void reports.push(event)
  const kept = keepBuckets({ ...database, servers, prefix, clock, report, elapsed }, () => {})
  const { table } = kept
  const stores = {
    codes: codeStore(table, 1000),
    families: familyStore(table),
    sessions: sessionStore(table, 600),
    revocations: revocationStore(table),
  }
  const rules = { idle: 1000, grace: 30 }
  return {
    ...kept,
    ...stores,
    servers,
    reports,
    /** Records an end in SQL and applies it, as a server does; rejects where it cannot be applied. */
    async end(what: Pick<End, 'kind' | 'id'> & Partial<End>): Promise<void> {
      const end: End = { version: undefined, until: later(clock.now(), 10_000), at: clock.now(), reason, ...what }
      await database.facts.put(end)
      await applyEnd(end, stores)
    },
    rotate: ({ id, macKid }: TokenFamily, generation: number) =>
      stores.families.rotate({ familyId: id, generation, macKid, from: 'here' }, undefined, rules),
    hasEnded: (kind: 'family' | 'session', id: string) => stores.revocations.has(aRevocable({ [`${kind}Id`]: id })),
  }
}

export type Ticked = ReturnType<typeof openTicked>

const reason = 'revoked_by_client'

/** A Redis of one test, a database, and what opens processes over them; everything ends with it. */
export async function aWorld() {
  const server = await startPrivateRedis()
  const raw = new Redis(server.url)
  raw.on('error', () => {})
  const clock = testClock()
  const database = aDatabase()
  const opened: RedisServers[] = []
  return {
    server,
    raw,
    clock,
    database,
    /** A process that has looked at its buckets once. */
    async process(changes: Partial<TickedSettings> = {}): Promise<Ticked> {
      const servers = changes.servers ?? (await openRedisServers(server.url, { replicas: 0 }))
      opened.push(servers)
      const ticked = openTicked({ servers, database, clock, ...changes })
      await ticked.attempt().catch(() => {})
      return ticked
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((servers) => servers.close()))
      raw.disconnect()
      await server.stop()
    },
  }
}

/** Everything in a Redis, to be put back later as if a backup of it were restored. */
export async function snapshot(raw: Redis): Promise<() => Promise<void>> {
  const keys = await raw.keys('*')
  const dumps = await Promise.all(
    keys.map(async (key) => [key, await raw.dumpBuffer(key), await raw.pttl(key)] as const),
  )
  return async () => {
    await raw.flushall()
    await Promise.all(dumps.map(([key, dump, life]) => raw.restore(key, life, dump)))
  }
}
