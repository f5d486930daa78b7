import { freePorts } from './free-ports.ts'
import { durableSettings, type RedisProcess, type RedisSettings, startRedisProcess, until } from './redis-process.ts'

/** What a topology lets one do with its servers by what they are now, not by what they were at the start. */
export type RedisTopology = {
  /** For REDIS_URL. */
  readonly url: string
  /** All that hold data, in the order of their start. */
  readonly servers: readonly RedisProcess[]
  /** Those that answer as primary and hold a part of the data, by the word of those that must know. */
  primaries(): Promise<readonly RedisProcess[]>
  /** Those that answer as a replica whose link is up. */
  replicas(): Promise<readonly RedisProcess[]>
  /** Waits until every server answers, every replica has its primary and the whole accepts writes. */
  healthy(): Promise<void>
  stop(): Promise<void>
}

export type SentinelTopology = RedisTopology & { readonly sentinels: readonly RedisProcess[] }

export type TopologyOptions = {
  /** Over the durable settings, for every server that holds data. */
  readonly settings?: RedisSettings
  /** The user part of the URL, with its `@`. */
  readonly login?: string
}

/** The name under which the sentinels know the primary. */
const primaryName = 'signet'

const replicated: RedisSettings = {
  ...durableSettings,
  'min-replicas-to-write': 1,
  'min-replicas-max-lag': 2,
  'repl-diskless-sync-delay': 0,
}

/** A primary, two replicas and three Sentinels, which switch after about two seconds. */
export async function startSentinels(options: TopologyOptions = {}): Promise<SentinelTopology> {
  const { settings = {}, login = '' } = options
  const ports = await freePorts(6)
  const [first = 0] = ports
  const servers = await Promise.all(
    ports.slice(0, 3).map((port, place) => {
      const role: RedisSettings = place === 0 ? {} : { replicaof: `127.0.0.1 ${first}` }
      return startRedisProcess({ port, settings: { ...replicated, ...role, ...settings } })
    }),
  )
  await until('the replicas have the primary', async () => (await withRole(servers, 'slave')).length === 2)
  const sentinels = await Promise.all(ports.slice(3).map((port) => startSentinel(port, first)))
  const primaries = async () => {
    const known = await primaryOf(sentinels)
    const answering = await withRole(servers, 'master')
    return answering.filter(({ port }) => port === known)
  }
  const replicas = () => withRole(servers, 'slave')
  const healthy = async () => {
    await until('a primary', async () => (await primaries()).length === 1)
    await until('two replicas', async () => (await replicas()).length === 2)
    await until('sentinels that know each other', async () => (await ready(sentinels)) === 3)
    await until('writes are accepted', async () => acceptsWrites(await primaries()))
  }
  await healthy()
  return {
    url: `redis+sentinel://${login}${ports.slice(3).map(hostOf).join(',')}/${primaryName}`,
    servers,
    sentinels,
    primaries,
    replicas,
    healthy,
    stop: async () => void (await Promise.all([...servers, ...sentinels].map((one) => one.stop()))),
  }
}

function hostOf(port: number): string {
  return `127.0.0.1:${port}`
}

function startSentinel(port: number, primary: number): Promise<RedisProcess> {
  const lines = [
    `monitor ${primaryName} 127.0.0.1 ${primary} 2`,
    `down-after-milliseconds ${primaryName} 1000`,
    `failover-timeout ${primaryName} 1500`,
    `parallel-syncs ${primaryName} 2`,
  ]
  return startRedisProcess({ port, sentinel: true, settings: { sentinel: lines } })
}

/** Where most sentinels say that the primary is. */
async function primaryOf(sentinels: readonly RedisProcess[]): Promise<number | undefined> {
  const awake = sentinels.filter(({ isAwake }) => isAwake)
  const asked = awake.map(async (sentinel) => {
    const answer = await sentinel.call('SENTINEL', 'get-master-addr-by-name', primaryName)
    return Array.isArray(answer) ? Number(answer[1]) : 0
  })
  const ports = (await Promise.allSettled(asked)).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  return ports.find((port) => ports.filter((other) => other === port).length >= 2)
}

/** How many sentinels would switch now: they answer and know the two others and both replicas. */
async function ready(sentinels: readonly RedisProcess[]): Promise<number> {
  const asked = sentinels.map(async (sentinel) => {
    const answer = await sentinel.call('SENTINEL', 'MASTER', primaryName)
    const fields = Array.isArray(answer) ? answer.map(String) : []
    const field = (name: string) => fields[fields.indexOf(name) + 1]
    return field('num-other-sentinels') === '2' && field('num-slaves') === '2' && field('flags') === 'master'
  })
  return (await Promise.all(asked)).filter(Boolean).length
}

/** Servers that answer with this role; a replica only while its link to the primary is up. */
export async function withRole(servers: readonly RedisProcess[], role: 'master' | 'slave'): Promise<RedisProcess[]> {
  const roles = await Promise.all(
    servers.map(async (server) => {
      if (!server.isAwake) return undefined
      const answer = await server.call('ROLE').catch(() => [])
      if (!Array.isArray(answer)) return undefined
      return answer[0] === 'slave' && answer[3] !== 'connected' ? undefined : String(answer[0])
    }),
  )
  return servers.filter((_, place) => roles[place] === role)
}

/** Whether every one of these would take a write now: enough replicas have been heard of lately. */
export async function acceptsWrites(primaries: readonly RedisProcess[]): Promise<boolean> {
  const good = await Promise.all(
    primaries.map(async (primary) => {
      const [, wanted] = (await primary.call('CONFIG', 'GET', 'min-replicas-to-write')) as readonly string[]
      if (wanted === '0') return true
      const info = String(await primary.call('INFO', 'replication'))
      return Number(/^min_slaves_good_slaves:(\d+)/m.exec(info)?.[1]) >= Number(wanted)
    }),
  )
  return primaries.length > 0 && good.every(Boolean)
}
