import { expect, test } from 'vitest'
import { aFile, load } from './sources.ts'

test('flags go before the environment, the environment before the file, the file before the defaults', () => {
  const config = aFile('a.yaml', 'listen:\n  port: 1001\n  host: 127.0.0.2\nmanagement:\n  port: 1002\n')
  const env = { SIGNET_PORT: '2001', SIGNET_MANAGEMENT_PORT: '2002' }
  const { listen, management, sessions } = load({ flags: { config, 'listen.port': '3001' }, env })
  expect([listen.port, management.port, listen.host, sessions.idle]).toEqual([3001, 2002, '127.0.0.2', 86_400])
})

test('a YAML file may be named by SIGNET_CONFIG', () => {
  const file = aFile(
    'a.yaml',
    'tokens:\n  accessLifetime: 5m\nlisten:\n  trustProxy: [10.0.0.1, "fd00::/64"]\nredis:\n',
  )
  const { tokens, listen } = load({ env: { SIGNET_CONFIG: file } })
  expect(tokens.accessLifetime).toBe(300)
  expect(listen.trustProxy).toEqual(['10.0.0.1', 'fd00::/64'])
})

test('lists are written with commas in the environment, and an empty variable counts as absent', () => {
  const env = { SIGNET_TRUST_PROXY: '10.0.0.1, 10.1.0.0/16', SIGNET_PORT: '', SIGNET_CORS_ORIGINS: '' }
  const { listen, cors } = load({ env })
  expect(listen).toMatchObject({ trustProxy: ['10.0.0.1', '10.1.0.0/16'], port: 3000 })
  expect(cors.origins).toEqual([])
})

test('durations have units', () => {
  const env = { SIGNET_TOKENS_REFRESH_GRACE: '15s', SIGNET_REQUESTS_LIFETIME: '20m', SIGNET_RETENTION_AUDIT: '30d' }
  const { tokens, requests, retention } = load({ env })
  expect([tokens.refreshGrace, requests.lifetime, retention.audit]).toEqual([15, 1200, 2_592_000])
})

test('the SQLite file follows the data directory unless it is named', () => {
  expect(load({ env: { SIGNET_DATA_DIR: 'else/where' } }).database.url).toBe('file:else/where/signet.db')
  const env = { SIGNET_DATA_DIR: 'else', DATABASE_URL: 'file:here.db' }
  expect(load({ env }).database.url).toBe('file:here.db')
})

test('variables of the tests are nobody else’s business', () => {
  expect(() => load({ env: { SIGNET_TEST_REDIS_URL: 'redis://127.0.0.1' } })).not.toThrow()
})

test('what Kubernetes sets for a Service called signet is no setting', () => {
  const env = {
    SIGNET_SERVICE_HOST: '10.0.0.1',
    SIGNET_SERVICE_PORT: '3000',
    SIGNET_SERVICE_PORT_HTTP: '3000',
    SIGNET_PORT_3000_TCP: 'tcp://10.0.0.1:3000',
    SIGNET_PORT_3000_TCP_PROTO: 'tcp',
    SIGNET_METRICS_SERVICE_HOST: '10.0.0.2',
    SIGNET_METRICS_PORT: 'tcp://10.0.0.2:9090',
  }
  expect(load({ env }).listen.port).toBe(3000)
})
