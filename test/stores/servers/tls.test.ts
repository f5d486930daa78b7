import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { whyNoPrivateRedis } from '#test/support/redis.ts'
import { accountPassword, dataAccount, sentinelAccount } from '#test/support/redis-account.ts'
import { durableSettings, type RedisProcess, startRedisProcess, until } from '#test/support/redis-process.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'

describe.skipIf(whyNoPrivateRedis())('TLS with a CA of our own, and an account', () => {
  let directory: string
  let node: RedisProcess
  let sentinel: RedisProcess
  let tlsPort = 0
  let sentinelPort = 0

  /** What a process that trusts the CA, or does not, makes of a URL. */
  async function tell(url: string, trusts = true): Promise<string> {
    const program = new URL('tls-process.ts', import.meta.url).pathname
    const env = {
      ...process.env,
      REDIS_URL: url,
      ...(trusts ? { NODE_EXTRA_CA_CERTS: join(directory, 'ca.crt') } : {}),
    }
    return (await promisify(execFile)(process.execPath, [program], { env })).stdout
  }

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'signet-tls-'))
    makeCertificates(directory)
    const [plain = 0, tls = 0, bus = 0, plainSentinel = 0, tlsSentinel = 0] = await freePorts(5)
    tlsPort = tls
    sentinelPort = tlsSentinel
    const files = {
      'tls-cert-file': join(directory, 'server.crt'),
      'tls-key-file': join(directory, 'server.key'),
      'tls-ca-cert-file': join(directory, 'ca.crt'),
      'tls-auth-clients': 'no',
    }
    const cluster = { 'cluster-enabled': 'yes', 'cluster-port': bus, 'tls-cluster': 'yes' }
    const settings = { ...durableSettings, ...files, ...cluster, 'tls-port': tls, user: dataAccount }
    node = await startRedisProcess({ port: plain, settings })
    await node.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
    await until('the cluster is whole', async () => /state:ok/.test(String(await node.call('CLUSTER', 'INFO'))))
    const watched = { ...files, 'tls-port': tlsSentinel, 'tls-replication': 'yes', user: sentinelAccount }
    const monitor = [`monitor house 127.0.0.1 ${tls} 1`]
    sentinel = await startRedisProcess({
      port: plainSentinel,
      sentinel: true,
      settings: { ...watched, sentinel: monitor },
    })
  })
  afterAll(async () => {
    await Promise.all([node.stop(), sentinel.stop()])
    rmSync(directory, { recursive: true, force: true })
  })

  test('one server', async () => {
    expect(await tell(`rediss://signet:${accountPassword}@127.0.0.1:${tlsPort}`)).toBe('[1,1]')
  })

  test('a cluster: the servers that it announces are connected to in the same way', async () => {
    const url = `redis+cluster://signet:${accountPassword}@127.0.0.1:${tlsPort}?tls=true`
    expect(await tell(url)).toMatch(/^\[1,\d\]$/)
  })

  test('sentinels, with an account of their own', async () => {
    const options = `sentinelUser=signet&sentinelPassword=${accountPassword}&tls=true`
    const url = `redis+sentinel://signet:${accountPassword}@127.0.0.1:${sentinelPort}/house?${options}`
    expect(await tell(url)).toMatch(/^\[1,\d\]$/)
  })

  test('a server whose CA is not known is refused', async () => {
    const told = await tell(`rediss://signet:${accountPassword}@127.0.0.1:${tlsPort}`, false)
    expect(told).toMatch(/cannot be used: .*certificate/)
  })

  test.each(['redis', 'redis+cluster'])('a refused password fails at once, and is not repeated: %s', async (scheme) => {
    const watch = aStopwatch()
    const opening = openRedisServers(`${scheme}://signet:canary@${node.address}`, { replicas: 0 })
    const failure = await opening.catch((error: Error) => error.message)
    expect(failure).toMatch(/^Redis at 127\.0\.0\.1:\d+ cannot be used: WRONGPASS/)
    expect(failure).not.toContain('canary')
    expect(watch.milliseconds()).toBeLessThan(1000)
  })
})

/** A CA, and a certificate of it for 127.0.0.1. */
function makeCertificates(directory: string): void {
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' })
  const fresh = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2']
  openssl(...fresh, '-subj', '/CN=Test CA', '-keyout', 'ca.key', '-out', 'ca.crt')
  const issued = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-addext', 'subjectAltName=IP:127.0.0.1']
  openssl(
    ...fresh,
    '-subj',
    '/CN=redis',
    ...issued,
    '-addext',
    'basicConstraints=critical,CA:FALSE',
    '-keyout',
    'server.key',
    '-out',
    'server.crt',
  )
}
