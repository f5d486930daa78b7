import { ErrorReply } from '../servers/failures.ts'
import type { RedisServer } from '../servers/redis-servers.ts'

/** What one server says of itself. */
export type RedisSeen = {
  readonly role: string
  readonly version: readonly [major: number, minor: number] | undefined
  readonly isLoading: boolean
  readonly evicted: number
  /** `ok`, or not; undefined where it is not told. */
  readonly aofStatus: string | undefined
  /** Replicas that are in touch now. */
  readonly replicas: number
  /** How many of them a write waits for. */
  readonly wanted: number
  /** Seconds that its clock is ahead of ours; undefined where it is not told. */
  readonly ahead: number | undefined
  readonly settings: ReadonlyMap<string, string>
  /** What could not be seen. */
  readonly unseen: readonly string[]
}

const always = ['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite', 'maxmemory-policy'] as const
const withReplicas = ['min-replicas-to-write', 'min-replicas-max-lag'] as const

/** Asks one server. Throws `Unavailable` where it does not answer. */
export async function seeRedis(server: RedisServer, wanted: number, now: () => Date): Promise<RedisSeen> {
  const names = wanted > 0 ? [...always, ...withReplicas] : always
  const [info, values] = await Promise.all([
    server.info().catch(nothingIfHidden),
    Promise.all(names.map(async (name) => [name, await server.setting(name)] as const)),
  ])
  const fields = fieldsOf(info)
  const number = (name: string): number => Number(fields.get(name) ?? 0)
  const micros = number('server_time_usec')
  const isSilent = fields.size === 0
  return {
    role: fields.get('role') ?? 'master',
    version: versionOf(fields.get('redis_version')),
    isLoading: fields.get('loading') === '1',
    evicted: number('evicted_keys'),
    aofStatus: fields.get('aof_last_write_status'),
    replicas: replicasIn(fields),
    wanted: isSilent ? 0 : wanted,
    ahead: micros === 0 ? undefined : (micros / 1000 - now().getTime()) / 1000,
    settings: new Map(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))),
    unseen: [
      ...(isSilent ? ['INFO'] : []),
      ...values.filter(([, value]) => value === undefined).map(([name]) => `CONFIG ${name}`),
    ],
  }
}

/** An account that may not ask sees nothing; that is no failure of the server. */
function nothingIfHidden(error: unknown): string {
  if (error instanceof ErrorReply && error.says('NOPERM', 'ERR')) return ''
  throw error
}

function fieldsOf(info: string): ReadonlyMap<string, string> {
  return new Map([...info.matchAll(/^([a-z0-9_]+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]))
}

function versionOf(text: string | undefined): readonly [number, number] | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(text ?? '') ?? []
  return major === undefined ? undefined : [Number(major), Number(minor)]
}

/** `slave0:ip=…,port=…,state=online,offset=…,lag=0`: those that follow, not those that are still being filled. */
function replicasIn(fields: ReadonlyMap<string, string>): number {
  return [...fields].filter(([name, value]) => /^slave\d+$/.test(name) && value.includes('state=online')).length
}
