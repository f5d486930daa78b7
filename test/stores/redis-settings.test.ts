import { expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { ErrorReply } from '#stores/redis/servers/failures.ts'
import type { RedisServer } from '#stores/redis/servers/redis-servers.ts'
import { examineRedis } from '#stores/redis/settings/examine.ts'
import { redisTable } from '#stores/redis/settings/redis-findings.ts'

const now = new Date('2030-01-01T00:00:00Z')

/** A server that says of itself what a test wants; all is well unless told. */
function aServer(wish: { info?: { [name: string]: string }; settings?: { [name: string]: string | undefined } }) {
  const fields = {
    role: 'master',
    redis_version: '7.2.4',
    loading: '0',
    evicted_keys: '0',
    aof_last_write_status: 'ok',
    connected_slaves: '1',
    slave0: 'ip=10.0.0.2,port=6379,state=online,offset=1,lag=0',
    server_time_usec: `${now.getTime() * 1000}`,
    ...wish.info,
  }
  const settings: { readonly [name: string]: string | undefined } = {
    appendonly: 'yes',
    appendfsync: 'always',
    'no-appendfsync-on-rewrite': 'no',
    'maxmemory-policy': 'noeviction',
    'min-replicas-to-write': '1',
    'min-replicas-max-lag': '2',
    ...wish.settings,
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}:${value}`)
  return {
    address: '10.0.0.1:6379',
    info: async () => `# Server\r\n${lines.join('\r\n')}\r\n`,
    setting: async (name: string) => settings[name],
  }
}

async function names(server: RedisServer, replicas = 1): Promise<readonly string[]> {
  const { findings } = await examineRedis({ servers: { list: async () => [server] }, replicas, now: () => now })
  for (const { what, mend } of findings)
    expect([what, mend]).toEqual([expect.any(String), expect.stringMatching(/\.$/)])
  return findings.map(({ name }) => name)
}

test('a server that keeps what it acknowledges has no finding', async () => {
  expect(await names(aServer({}))).toEqual([])
  expect(await names(aServer({ info: { slave0: '', connected_slaves: '0' } }), 0)).toEqual([])
})

test.each([
  ['appendonly', { settings: { appendonly: 'no' } }],
  ['appendfsync', { settings: { appendfsync: 'everysec' } }],
  ['no-appendfsync-on-rewrite', { settings: { 'no-appendfsync-on-rewrite': 'yes' } }],
  ['maxmemory-policy', { settings: { 'maxmemory-policy': 'allkeys-lru' } }],
  ['evicted-keys', { info: { evicted_keys: '3' } }],
  ['min-replicas-to-write', { settings: { 'min-replicas-to-write': '0' } }],
  ['min-replicas-max-lag', { settings: { 'min-replicas-max-lag': '10' } }],
  ['version', { info: { redis_version: '6.0.16' } }],
  ['aof-write-error', { info: { aof_last_write_status: 'err' } }],
  ['replicas-missing', { info: { slave0: 'ip=10.0.0.2,port=6379,state=wait_bgsave,offset=0,lag=0' } }],
  ['loading', { info: { loading: '1' } }],
  ['clock', { info: { server_time_usec: `${(now.getTime() + 6000) * 1000}` } }],
  ['unseen', { settings: { appendfsync: undefined } }],
])('%s is found', async (name, wish) => {
  expect(await names(aServer(wish))).toEqual([name])
})

test('replicas that no write waits for are found, and a replica itself is not asked about its own', async () => {
  expect(await names(aServer({}), 0)).toEqual(['replicas-unwaited'])
  expect(await names(aServer({ info: { role: 'slave' } }), 1)).toEqual(['role'])
})

test('a master must hear of as many replicas as a write waits for, or it writes what nobody is told of', async () => {
  const slave1 = 'ip=10.0.0.3,port=6379,state=online,offset=1,lag=0'
  const withTwo = (least: string) => aServer({ info: { slave1 }, settings: { 'min-replicas-to-write': least } })
  expect(await names(withTwo('1'), 2)).toEqual(['min-replicas-to-write'])
  expect(await names(withTwo('2'), 2)).toEqual([])
})

test('a server that hides everything is called neither right nor wrong', async () => {
  const silent: RedisServer = { address: '10.0.0.1:6379', info: async () => '', setting: async () => undefined }
  expect(await names(silent)).toEqual(['unseen'])
})

test('an account that may not ask for INFO starts all the same; a server that is away does not', async () => {
  const refusing = (text: string): RedisServer => ({
    ...aServer({}),
    info: () => Promise.reject(new ErrorReply(text)),
  })
  expect(await names(refusing("NOPERM this user has no permissions to run the 'info' command"))).toEqual(['unseen'])
  await expect(names(refusing('MASTERDOWN Link with MASTER is down'))).rejects.toBeInstanceOf(Unavailable)
})

test('every row of the table is found by a test above', () => {
  expect(new Set(redisTable.map(({ name }) => name)).size).toBe(15)
})
