import { quote } from './kinds.ts'
import type { Reading } from './setting.ts'

/** One server by name or address. */
export type RedisHost = { readonly host: string; readonly port: number }

/** What `redis.url` says. */
export type RedisTarget = {
  readonly username: string | undefined
  readonly password: string | undefined
  readonly tls: boolean
  /** The servers; the sentinels; or some servers of the cluster. */
  readonly hosts: readonly RedisHost[]
  /** 0 in a cluster, which has no other. */
  readonly database: number
} & (
  | { readonly topology: 'single' | 'cluster' }
  | {
      readonly topology: 'sentinel'
      /** The name under which the sentinels know the primary. */
      readonly primary: string
      readonly sentinelUser: string | undefined
      readonly sentinelPassword: string | undefined
    }
)

const single = 'Write redis://host:6379, or rediss://host:6380 for TLS.'
const sentinel = 'Write redis+sentinel://user:password@host:26379,host:26379/name-of-the-primary.'
const cluster = 'Write redis+cluster://user:password@host:6379,host:6379.'

const schemes = {
  'redis:': { topology: 'single', port: 6379, mend: single, options: [] },
  'rediss:': { topology: 'single', port: 6379, mend: single, options: [] },
  'redis+sentinel:': {
    topology: 'sentinel',
    port: 26_379,
    mend: sentinel,
    options: ['tls', 'sentinelUser', 'sentinelPassword'],
  },
  'redis+cluster:': { topology: 'cluster', port: 6379, mend: cluster, options: ['tls'] },
} as const

/** Reads where Redis is. A fault never repeats a password, nor what could be a part of one. */
export function readRedisUrl(url: string): Reading<RedisTarget> {
  const found = Object.entries(schemes).find(([name]) => url.startsWith(`${name}//`))
  if (!found) {
    const mend = `${single} Several machines: redis+sentinel:// or redis+cluster://.`
    return { fault: `${quote(schemeOf(url))} is no Redis scheme.`, mend }
  }
  const [name, scheme] = found
  const { mend } = scheme
  const parts = partsOf(url.slice(name.length + 2))
  if (!parts) return { fault: 'Its user or password has a % that is not an escape.', mend }
  const { path, query, login } = parts

  const hosts = parts.hosts.split(',').map((host) => readHost(host, scheme.port))
  if (!hosts.every((host) => host !== undefined)) return { fault: 'It is not a URL with a host.', mend }
  if (scheme.topology === 'single' && hosts.length > 1) return { fault: 'It has several hosts.', mend }
  const unknown = [...query.keys()].find((key) => !scheme.options.some((option) => option === key))
  if (unknown !== undefined) return { fault: `It has an option that ${quote(name)} does not know.`, mend }
  if (!['true', 'false'].includes(query.get('tls') ?? 'false')) return { fault: 'tls is neither true nor false.', mend }

  const tls = name === 'rediss:' || query.get('tls') === 'true'
  const account = { ...login, hosts, tls }
  if (scheme.topology === 'sentinel') return readSentinel(account, path, query)
  const database = path[0] ?? '0'
  if (path.length > 1 || !/^\d{1,4}$/.test(database)) return { fault: 'Its database is not a number.', mend }
  if (scheme.topology === 'cluster' && database !== '0') return { fault: 'A cluster has no databases.', mend }
  return { value: { ...account, topology: scheme.topology, database: Number(database) } }
}

type Login = Pick<RedisTarget, 'username' | 'password'>

type Parts = {
  readonly login: Login
  readonly hosts: string
  readonly path: readonly string[]
  readonly query: URLSearchParams
}

/** Passwords may have been written without escapes: the last @ before the options ends them. */
function partsOf(rest: string): Parts | undefined {
  const at = /^.*@(?=[^@?]*(?:\?[^@]*)?$)/.exec(rest)?.[0] ?? ''
  const [, hosts = '', path = '', query = ''] = /^([^/?#]*)([^?#]*)\??([^#]*)/.exec(rest.slice(at.length)) ?? []
  const [, username = '', password] = /^([^:]*)(?::(.*))?@$/.exec(at) ?? []
  try {
    const login = { username: decoded(username), password: decoded(password) }
    const names = path.split('/').filter(Boolean).map(decodeURIComponent)
    return { login, hosts, path: names, query: new URLSearchParams(query) }
  } catch {
    return undefined
  }
}

function decoded(text = ''): string | undefined {
  return text === '' ? undefined : decodeURIComponent(text)
}

function readHost(text: string, usual: number): RedisHost | undefined {
  const [, ipv6, name, port = `${usual}`] = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:\s]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = ipv6 ?? name
  return host === undefined || Number(port) < 1 || Number(port) > 65_535 ? undefined : { host, port: Number(port) }
}

type Account = Login & Pick<RedisTarget, 'hosts' | 'tls'>

function readSentinel(account: Account, path: readonly string[], query: URLSearchParams): Reading<RedisTarget> {
  const [primary, database = '0'] = path
  if (primary === undefined) return { fault: 'It does not name the primary.', mend: sentinel }
  if (path.length > 2 || !/^\d{1,4}$/.test(database)) return { fault: 'Its database is not a number.', mend: sentinel }
  const sentinelUser = query.get('sentinelUser') ?? undefined
  const sentinelPassword = query.get('sentinelPassword') ?? undefined
  const known = { primary, database: Number(database), sentinelUser, sentinelPassword }
  return { value: { ...account, ...known, topology: 'sentinel' } }
}

/** What stands before the first colon, or that there is none: anything else could be a password. */
export function schemeOf(url: string): string {
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(url)?.[0] ?? '(no scheme)'
}
