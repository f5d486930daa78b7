import { expect, test } from 'vitest'
import { readRedisUrl } from '#config/redis-url.ts'
import { parseDatabaseUrl } from '#stores/prisma/database-url.ts'
import { faults, load } from './sources.ts'

test.each([
  'https://id.example.com',
  'https://id.example.com:8443',
  'https://example.com/id',
  'http://localhost:3000',
  'http://127.0.0.1',
  'http://[::1]:3000',
  'http://id.localhost',
])('the issuer %s is taken as it is', (issuer) => {
  expect(load({ env: { SIGNET_ISSUER: issuer } }).issuer).toBe(issuer)
})

test.each([
  ['http://id.example.com', 'is not https', 'Use https'],
  ['http://localhost.example.com', 'is not https', 'Use https'],
  ['https://id.example.com/', 'ends with a slash', 'Write https://id.example.com.'],
  ['https://id.example.com/x?y', 'has a query', 'Leave out'],
  ['https://id.example.com#', 'has a query or a fragment', 'Leave out'],
  ['https://me:secret@id.example.com', 'contains a user name', 'Leave out'],
  ['https://ID.example.com', 'is not in its plain form', 'Write https://id.example.com.'],
  ['https://id.example.com:443', 'is not in its plain form', 'Write https://id.example.com.'],
  ['https://id.example.com/a/../b', 'is not in its plain form', 'Write https://id.example.com/b.'],
  ['ftp://id.example.com', 'is not an https URL', 'public address'],
  ['id.example.com', 'is not an https URL', 'public address'],
])('the issuer %s is refused', (issuer, fault, mend) => {
  const [found] = faults({ env: { SIGNET_ISSUER: issuer } })
  expect(found).toMatchObject({ setting: 'issuer', source: 'SIGNET_ISSUER' })
  expect(found?.fault).toContain(fault)
  expect(found?.mend).toContain(mend)
})

test.each(['10.0.0.7', '10.0.0.0/8', '192.168.1.0/24', '::1', 'fd00::/48', '::ffff:10.0.0.0/104'])(
  'the proxy %s is trusted',
  (proxy) => {
    expect(load({ env: { SIGNET_TRUST_PROXY: proxy } }).listen.trustProxy).toEqual([proxy])
  },
)

test.each([
  ['0.0.0.0/0', 'covers strangers'],
  ['0.0.0.0/7', 'covers strangers'],
  ['::/0', 'covers every IPv4 address'],
  ['2000::/3', 'covers strangers'],
  ['::ffff:10.0.0.0/8', 'covers every IPv4 address'],
  ['0:0:0:0:0:ffff:10.0.0.0/64', 'covers every IPv4 address'],
  ['::ffff:10.0.0.0/97', 'covers strangers'],
  ['10.0.0.0/33', 'too long a prefix'],
  ['10.0.0.0/', 'neither an IP address nor a CIDR range'],
  ['10.0.0.0/8/8', 'neither an IP address nor a CIDR range'],
  ['proxy.internal', 'neither an IP address nor a CIDR range'],
  ['fe80::1%eth0', 'neither an IP address nor a CIDR range'],
  ['*', 'neither an IP address nor a CIDR range'],
])('the proxy %s is not trusted', (proxy, fault) => {
  const [found] = faults({ env: { SIGNET_TRUST_PROXY: `10.0.0.7,${proxy}` } })
  expect(found?.setting).toBe('listen.trustProxy')
  expect(found?.fault).toContain(fault)
})

test.each([
  '*',
  'https://*.example.com',
  'http://app.example.com',
  'https://app.example.com/',
  'null',
  'app.example.com',
])('the CORS origin %s is refused', (origin) => {
  expect(faults({ env: { SIGNET_CORS_ORIGINS: origin } })[0]?.setting).toBe('cors.origins')
})

test.each([
  ['DATABASE_URL', 'mysql://db/x', '"mysql:" is no database that Signet knows.'],
  ['DATABASE_URL', 'postgresql://', 'It is not a URL with a host.'],
  ['DATABASE_URL', 'postgresql://u:p@a:5432,,b:5432/signet', 'It is not a URL with a host.'],
  ['DATABASE_URL', 'postgresql://u:p@a:5432,b:99999/signet', 'It is not a URL with a host.'],
  ['REDIS_URL', 'http://redis', '"http:" is no Redis scheme.'],
  ['REDIS_URL', 'redis://', 'It is not a URL with a host.'],
  ['REDIS_URL', 'redis://a,b', 'It has several hosts.'],
  ['REDIS_URL', 'redis://a:99999', 'It is not a URL with a host.'],
  ['REDIS_URL', 'redis://a/first', 'Its database is not a number.'],
  ['REDIS_URL', 'redis://a?tls=true', 'It has an option that "redis:" does not know.'],
  ['REDIS_URL', 'redis://u:%zz@a', 'Its user or password has a % that is not an escape.'],
  ['REDIS_URL', 'redis+sentinel://a:26379,b:26379', 'It does not name the primary.'],
  ['REDIS_URL', 'redis+sentinel://a,b/mymaster/x', 'Its database is not a number.'],
  ['REDIS_URL', 'redis+sentinel://a,,b/mymaster', 'It is not a URL with a host.'],
  ['REDIS_URL', 'redis+cluster://a:6379/1', 'A cluster has no databases.'],
  ['REDIS_URL', 'redis+cluster://a?tls=yes', 'tls is neither true nor false.'],
  ['REDIS_URL', 'redis+cluster://a?sentinelUser=x', 'It has an option that "redis+cluster:" does not know.'],
])('%s=%s is refused', (name, url, fault) => {
  expect(faults({ env: { [name]: url } })[0]?.fault).toBe(fault)
})

test.each([
  ['postgresql://u:p@a:5432/signet', ['postgresql://u:p@a:5432/signet']],
  ['postgresql:///signet?host=/run/postgresql', ['postgresql:///signet?host=/run/postgresql']],
  [
    'postgresql://u:p,q@a:5432,[fd00::1]:5433,c/signet?sslmode=require',
    ['a:5432', '[fd00::1]:5433', 'c'].map((server) => `postgresql://u:p,q@${server}/signet?sslmode=require`),
  ],
])('DATABASE_URL=%s is taken, and means a server for each host', (url, urls) => {
  const { database } = load({ env: { DATABASE_URL: url } })
  expect(database.url).toBe(url)
  expect(parseDatabaseUrl(database.url)).toEqual({ provider: 'postgresql', urls })
})

test.each([
  'redis://redis:6379',
  'rediss://default:secret@redis:6380',
  'redis://:p/a@ss@[::1]:6379/3',
  'redis+sentinel://signet:secret@a:26379,b:26379,c/mymaster/2?sentinelUser=watcher&sentinelPassword=s%40x&tls=true',
  'redis+cluster://signet:secret@a:6379,[fd00::1]:6379,c?tls=true',
])('REDIS_URL=%s is taken', (url) => {
  expect(load({ env: { REDIS_URL: url } }).redis.url).toBe(url)
})

test('a Redis URL says who, where, which database and what the sentinels want', () => {
  const url = 'redis+sentinel://signet:p%40ss@a:1,b/mymaster/2?sentinelUser=w&sentinelPassword=s%40x&tls=true'
  expect(readRedisUrl(url)).toEqual({
    value: {
      topology: 'sentinel',
      username: 'signet',
      password: 'p@ss',
      hosts: [
        { host: 'a', port: 1 },
        { host: 'b', port: 26_379 },
      ],
      primary: 'mymaster',
      database: 2,
      sentinelUser: 'w',
      sentinelPassword: 's@x',
      tls: true,
    },
  })
  expect(readRedisUrl('rediss://:p/a@ss@[::1]/3')).toMatchObject({
    value: { topology: 'single', password: 'p/a@ss', hosts: [{ host: '::1', port: 6379 }], database: 3, tls: true },
  })
})

test.each([
  ['SIGNET_REDIS_PREFIX', 'sig{net}', 'redis.prefix'],
  ['SIGNET_REDIS_PREFIX', 'x'.repeat(41), 'redis.prefix'],
  ['SIGNET_REDIS_REPLICAS', '-1', 'redis.replicas'],
  ['SIGNET_REDIS_ACCEPT', 'appendonly,everything', 'redis.accept'],
  ['SIGNET_DATABASE_CONNECTIONS', '0', 'database.connections'],
  ['SIGNET_DATABASE_STATEMENT_TIMEOUT', '99ms', 'database.statementTimeout'],
  ['SIGNET_DATABASE_LOCK_TIMEOUT', '2s', 'database.lockTimeout'],
  ['SIGNET_ANSWER_WITHIN', '1.5s', 'listen.answerWithin'],
  ['SIGNET_TOKENS_ACCESS_LIFETIME', '15500ms', 'tokens.accessLifetime'],
])('%s=%s is refused', (name, value, setting) => {
  expect(faults({ env: { [name]: value } })[0]?.setting).toBe(setting)
})

test('the patience with a store is set to the millisecond, and risks are accepted by name', () => {
  const env = {
    SIGNET_ANSWER_WITHIN: '1750ms',
    SIGNET_REDIS_ACCEPT: 'appendfsync, evicted-keys',
    SIGNET_REDIS_PREFIX: 'house:id',
  }
  const { listen, redis, database } = load({ env })
  expect(listen.answerWithin).toBe(1.75)
  expect(redis).toEqual({ url: undefined, prefix: 'house:id', replicas: 0, accept: ['appendfsync', 'evicted-keys'] })
  expect(database).toMatchObject({ connections: 10, statementTimeout: 1.5, lockTimeout: 1 })
})

test('throttles can be set no laxer than the standard allows', () => {
  expect(faults({ env: { SIGNET_THROTTLE_PER_ACCOUNT: '101' } })[0]?.mend).toBe('Write a whole number from 1 to 100.')
})
