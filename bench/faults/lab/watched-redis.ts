import { freePorts } from '#test/support/free-ports.ts'
import { durableSettings, type RedisProcess, startRedisProcess } from '#test/support/redis-process.ts'
import { acceptsWrites, withRole } from '#test/support/redis-topologies.ts'
import { type DividingProxy, openDividingProxy } from './dividing-proxy.ts'
import type { Lab } from './lab.ts'
import { portsOf } from './ports-of.ts'
import { until } from './until.ts'

/** A server that is known to everybody by the port of the proxy before it. */
export type Member = { readonly process: RedisProcess; readonly proxy: DividingProxy }

/** A primary, two replicas and three sentinels, in a network that can be divided. */
export type WatchedRedis = {
  /** For REDIS_URL. */
  readonly url: string
  readonly members: readonly Member[]
  /** The one that most sentinels name, where it is a primary and takes writes. */
  primary(): Promise<Member | undefined>
  /** Waits until there is a primary with two replicas, and three sentinels that know it. */
  healthy(): Promise<void>
  /**
   * Divides the network: a member and these processes on one side, all others on the other. The answered function ends it;
   * what waited is delivered, or lost where it is told so.
   */
  cutOff(member: Member, companions: readonly number[]): (isLost?: boolean) => void
}

/** The name under which the sentinels know the primary. */
const primaryName = 'signet'

/** Milliseconds of silence after which a sentinel takes the primary for dead: the least that the operator's page allows. */
const downAfter = 1500

/** How many replicas must have been heard of for the primary to take writes: `min-replicas-to-write`. */
export async function startWatchedRedis(lab: Lab, minReplicas: number): Promise<WatchedRedis> {
  const ports = await freePorts(6)
  const proxies = await Promise.all(ports.map((port) => openDividingProxy(lab, port)))
  const [first] = proxies
  if (!first) throw new Error('a primary is needed')
  const members = await Promise.all(
    ports.slice(0, 3).map(async (port, place): Promise<Member> => {
      const proxy = proxies[place] ?? first
      const role = place === 0 ? {} : { replicaof: `127.0.0.1 ${first.port}` }
      const process = await startRedisProcess({ port, settings: { ...settingsOf(proxy, minReplicas), ...role } })
      lab.defer(() => process.stop())
      return { process, proxy }
    }),
  )
  const servers = members.map(({ process }) => process)
  const linked = async () => (await withRole(servers, 'slave')).length === 2
  await until(linked, { within: 30_000, what: 'two replicas' })
  const sentinels = await Promise.all(ports.slice(3).map((port) => startSentinel(lab, port, first.port)))

  async function primary(): Promise<Member | undefined> {
    const named = await primaryOf(sentinels)
    const found = members.find(({ proxy }) => proxy.port === named)
    if (!found) return undefined
    const [serving] = await withRole([found.process], 'master')
    return serving && (await acceptsWrites([serving]).catch(() => false)) ? found : undefined
  }
  const isHealthy = async () => (await primary()) && (await linked()) && (await ready(sentinels)) === 3
  const healthy = async () =>
    void (await until(isHealthy, { within: 60_000, every: 100, what: 'a primary with two replicas' }))
  await healthy()
  return {
    url: `redis+sentinel://${proxies.slice(3).map(({ port }) => `127.0.0.1:${port}`)}/${primaryName}`,
    members,
    primary,
    healthy,
    cutOff(member, companions) {
      const divide = (proxy: DividingProxy) => () => {
        const inside = portsOf([...companions, member.process.pid ?? 0])
        return (from: number) => inside.has(from) !== (proxy === member.proxy)
      }
      for (const proxy of proxies) proxy.divide(divide(proxy))
      return (isLost = false) => {
        for (const proxy of proxies) {
          if (isLost) proxy.forget()
          proxy.divide(undefined)
        }
      }
    },
  }
}

function settingsOf(proxy: DividingProxy, minReplicas: number) {
  return {
    ...durableSettings,
    'min-replicas-to-write': minReplicas,
    'min-replicas-max-lag': 2,
    'repl-diskless-sync-delay': 0,
    'replica-announce-ip': '127.0.0.1',
    'replica-announce-port': proxy.port,
  }
}

async function startSentinel(lab: Lab, port: number, primary: number): Promise<RedisProcess> {
  const lines = [
    `monitor ${primaryName} 127.0.0.1 ${primary} 2`,
    `down-after-milliseconds ${primaryName} ${downAfter}`,
    `failover-timeout ${primaryName} 1000`,
    `parallel-syncs ${primaryName} 2`,
  ]
  const sentinel = await startRedisProcess({ port, sentinel: true, settings: { sentinel: lines } })
  lab.defer(() => sentinel.stop())
  return sentinel
}

/** The port that most sentinels say the primary is at. */
async function primaryOf(sentinels: readonly RedisProcess[]): Promise<number | undefined> {
  const asked = sentinels.map(async (sentinel) => {
    const answer = await sentinel.call('SENTINEL', 'get-master-addr-by-name', primaryName)
    return Array.isArray(answer) ? Number(answer[1]) : 0
  })
  const ports = (await Promise.allSettled(asked)).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  return ports.find((port) => ports.filter((other) => other === port).length >= 2)
}

/** How many sentinels would switch now: they know the two others and both replicas, and see no fault. */
async function ready(sentinels: readonly RedisProcess[]): Promise<number> {
  const asked = sentinels.map(async (sentinel) => {
    const answer = await sentinel.call('SENTINEL', 'MASTER', primaryName)
    const fields = Array.isArray(answer) ? answer.map(String) : []
    const field = (name: string) => fields[fields.indexOf(name) + 1]
    return field('num-other-sentinels') === '2' && field('num-slaves') === '2' && field('flags') === 'master'
  })
  return (await Promise.all(asked)).filter(Boolean).length
}
