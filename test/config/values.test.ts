import { expect, test } from 'vitest'
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
  ['REDIS_URL', 'http://redis', '"http:" is no Redis scheme.'],
  ['REDIS_URL', 'redis://', 'It is not a URL with a host.'],
  ['REDIS_URL', 'redis+sentinel://a:26379,b:26379/mymaster', '"redis+sentinel:" comes with a later version.'],
  ['REDIS_URL', 'redis+cluster://a:6379', '"redis+cluster:" comes with a later version.'],
])('%s=%s is refused', (name, url, fault) => {
  expect(faults({ env: { [name]: url } })[0]?.fault).toBe(fault)
})

test.each(['redis://redis:6379', 'rediss://default:secret@redis:6380'])('REDIS_URL=%s is taken', (url) => {
  expect(load({ env: { REDIS_URL: url } }).redis.url).toBe(url)
})

test('throttles can be set no laxer than the standard allows', () => {
  expect(faults({ env: { SIGNET_THROTTLE_PER_ACCOUNT: '101' } })[0]?.mend).toBe('Write a whole number from 1 to 100.')
})
