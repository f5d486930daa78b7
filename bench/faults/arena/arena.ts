import { randomBytes } from 'node:crypto'
import { type Seeded, seeded } from '#test/faults/support/seeded.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { type Canaries, openCanaries } from '../drive/canaries.ts'
import type { Stage } from '../drive/cast.ts'
import { scribe } from '../drive/scribe.ts'
import { openTransport, type Transport } from '../drive/transport.ts'
import { type History, openHistory } from '../history/history.ts'
import { type Lab, openLab } from '../lab/lab.ts'
import { aMachine, type Machine } from '../lab/machine.ts'
import { type PostgresNode, type PostgresNodeOptions, startPostgresNode } from '../lab/postgres-node.ts'
import { type RedisNode, type RedisNodeOptions, startRedisNode } from '../lab/redis-node.ts'
import { openTcpProxy, type TcpProxy } from '../lab/tcp-proxy.ts'
import { furnish, migrate } from './furnish.ts'
import { watchStores } from './watch-stores.ts'

export type ArenaOptions = {
  readonly seed: number
  readonly plant?: string | undefined
  readonly redis?: RedisNodeOptions
  readonly postgres?: PostgresNodeOptions
  /** Stands in the place of the one Redis server: its URL, and what is closed with the laboratory by whoever made it. */
  readonly redisUrl?: (lab: Lab) => Promise<string>
  /** More settings of both machines, as environment variables. */
  readonly settings?: { readonly [name: string]: string }
  readonly people?: number
  readonly machines?: number
  /** Puts a proxy before each store. */
  readonly proxies?: boolean
  /** The checkout that the machines run from; this one unless told. */
  readonly root?: string
  readonly onToken?: (token: string) => void
}

/** Everything that a scenario breaks and drives: two machines over one Redis and one PostgreSQL, unless told otherwise. */
export type Arena = {
  readonly lab: Lab
  readonly issuer: string
  readonly redis: RedisNode
  readonly postgres: PostgresNode
  /** What the machines see of the stores, where proxies were asked for. */
  readonly proxies: { readonly redis: TcpProxy; readonly postgres: TcpProxy } | undefined
  readonly machines: readonly Machine[]
  readonly history: History
  readonly canaries: Canaries
  readonly stage: Stage
  readonly transport: Transport
  readonly chance: Seeded
  close(): Promise<void>
}

/** Seconds in which a used refresh token is answered again, unless the settings say otherwise. */
const graceSeconds = 30

/** Starts the stores, furnishes them, starts the machines. What was opened is closed where a step fails. */
export async function openArena(options: ArenaOptions): Promise<Arena> {
  const lab = openLab()
  try {
    return await open(lab, options)
  } catch (error) {
    await lab.close()
    throw error
  }
}

async function open(lab: Lab, options: ArenaOptions): Promise<Arena> {
  const { seed, settings = {}, onToken = () => {} } = options
  const chance = seeded(seed)
  const canaries = openCanaries()
  const passwords = { redis: newSecret(), postgres: newSecret(), keys: randomBytes(32).toString('base64') }
  for (const [kind, secret] of Object.entries(passwords)) canaries.add(`password of ${kind}`, secret)

  const [redis, postgres] = await Promise.all([
    startRedisNode(lab, { password: passwords.redis, ...options.redis }),
    startPostgresNode(lab, { password: passwords.postgres, ...options.postgres }),
  ])
  const proxies = options.proxies ? await openProxies(lab, redis, postgres) : undefined
  const [publicPort = 0] = await freePorts(1)
  const issuer = `http://localhost:${publicPort}`
  const environment = {
    SIGNET_ISSUER: issuer,
    DATABASE_URL: through(postgres.url, proxies?.postgres),
    REDIS_URL: (await options.redisUrl?.(lab)) ?? through(redis.url, proxies?.redis),
    SIGNET_KEYS_STORE: 'database',
    SIGNET_KEYS_SECRET: passwords.keys,
    SIGNET_TOKENS_REFRESH_GRACE: `${graceSeconds}s`,
    SIGNET_TOKENS_ACCESS_LIFETIME: '600s',
    SIGNET_THROTTLE_REQUESTS: '1000000',
    ...settings,
  }
  const names = ['a', 'b', 'c', 'd'].slice(0, options.machines ?? 2)
  const machines = await Promise.all(names.map((name) => aMachine(lab, { ...options, name, settings: environment })))
  const [first] = machines
  if (!first) throw new Error('an arena has a machine')
  await migrate(first)
  const [{ client, people }] = await Promise.all([
    furnish({ settings: environment, people: options.people ?? 4, canaries }),
    ...machines.map((machine) => machine.start()),
  ])

  const history = openHistory({
    grace: Number.parseInt(environment.SIGNET_TOKENS_REFRESH_GRACE, 10) * 1000,
    accessLife: Number.parseInt(environment.SIGNET_TOKENS_ACCESS_LIFETIME, 10) * 1000,
  })
  const transport = openTransport(issuer, machines)
  lab.defer(watchStores(history, { redis: redis.url, postgres: postgres.url }))
  lab.defer(() => {
    transport.close()
    history.close()
  })
  const cast = { issuer, machines, client, people, history, canaries, chance, onToken }
  const stage: Stage = { ...cast, scribe: scribe(transport, history), sessions: [], families: [] }
  const close = () => lab.close()
  return { lab, issuer, redis, postgres, proxies, machines, history, canaries, stage, transport, chance, close }
}

async function openProxies(lab: Lab, redis: RedisNode, postgres: PostgresNode) {
  return {
    redis: await openTcpProxy(lab, redis.port),
    postgres: await openTcpProxy(lab, Number(new URL(postgres.url).port)),
  }
}

function through(url: string, proxy: TcpProxy | undefined): string {
  if (!proxy) return url
  const by = new URL(url)
  by.port = String(proxy.port)
  return by.href
}

function newSecret(): string {
  return randomBytes(18).toString('base64url')
}
