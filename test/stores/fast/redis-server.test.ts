import { once } from 'node:events'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { openRedisStores } from '#stores/redis/open-redis-stores.ts'
import { keyOf } from '#stores/redis/redis-table.ts'
import type { FastStores } from '#stores/stores.ts'
import { testClock } from '#test/support/clock.ts'
import { startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { everyVerb } from './every-verb.ts'
import { aCode, aFamily, aSession } from './samples.ts'

const clock = testClock()
const rules = { idle: 600, grace: 30 }
const whyNot = whyNoPrivateRedis()

describe.skipIf(whyNot)(`a Redis server of our own${whyNot ? ` (${whyNot})` : ''}`, () => {
  let server: Awaited<ReturnType<typeof startPrivateRedis>>
  let raw: Redis

  beforeAll(async () => {
    server = await startPrivateRedis()
    raw = new Redis(server.url)
    raw.on('error', () => {})
  })
  afterAll(async () => {
    raw.disconnect()
    await server.stop()
  })

  async function withStores(use: (stores: FastStores) => Promise<void>): Promise<void> {
    const stores = await openRedisStores({ url: server.url, clock, sessionIdle: 600 })
    await use(stores).finally(() => stores.close())
  }

  test('every key names its bucket and type, says them again inside, and expires', async () => {
    await withStores(async (stores) => {
      await Promise.all(everyVerb(stores, clock))
      const { families, attempts, sessions } = stores
      await families.begin(aFamily(clock.now(), { id: 'alive' }))
      await sessions.begin(aSession(clock.now(), { id: 'alive' }), 'hash')
      await attempts.claim([{ key: 'k', most: 5, window: 60 }])
      const keys = (await raw.keys('*')).filter((key) => key !== 'signet:check')
      const types = new Set<string>()
      for (const key of keys) {
        const [, bucket = '', type = ''] = /^signet:\{b([0-9a-f]{2})\}:([a-z]+):/.exec(key) ?? []
        expect(bucket, key).not.toBe('')
        const head = JSON.parse(String((await raw.get(key))?.split('\n')[0]))
        expect(head, key).toMatchObject({ type, epoch: 0 })
        // Long enough for a clock that is behind, short enough to be no burden.
        const margin = (await raw.pexpiretime(key)) + clock.offset - head.ends
        expect(margin, key).toBeGreaterThanOrEqual(60_000)
        expect(margin, key).toBeLessThanOrEqual(600_000)
        types.add(type)
      }
      const expected = ['request', 'code', 'session', 'family', 'token', 'access', 'attempt']
      expect([...types].sort()).toEqual(expected.sort())
    })
  })

  test('a bucket depends on the id alone and stays what it is', () => {
    expect(keyOf('signet', 'family', 'abc')).toBe('signet:{bba}:family:abc')
    expect(keyOf('signet', 'session', 'abc')).toBe('signet:{bba}:session:abc')
  })

  test('nothing that is kept can be presented: a record of a session holds the digest that it was given', async () => {
    await withStores(async ({ sessions }) => {
      await sessions.begin(aSession(clock.now(), { id: 'seen' }), 'digest-of-it')
      expect(await raw.get(keyOf('signet', 'session', 'seen'))).toContain('digest-of-it')
    })
  })

  test('a record of another type under a key is an outage, never an answer', async () => {
    await withStores(async ({ codes, families }) => {
      await codes.put('twisted', aCode(clock.now()))
      await raw.rename(keyOf('signet', 'code', 'twisted'), keyOf('signet', 'family', 'twisted'))
      await expect(families.find('twisted')).rejects.toBeInstanceOf(Unavailable)
      await expect(families.begin(aFamily(clock.now(), { id: 'twisted' }))).rejects.toBeInstanceOf(Unavailable)
    })
  })

  test('scripts that Redis forgot are told again', async () => {
    await withStores(async (stores) => {
      await Promise.all(everyVerb(stores, clock))
      await raw.script('FLUSH')
      await Promise.all(everyVerb(stores, clock))
    })
  })

  test('a server that does not answer is an outage for every verb, within seconds', async () => {
    await withStores(async (stores) => {
      await stores.check()
      server.signal('SIGSTOP')
      try {
        const results = await Promise.allSettled(everyVerb(stores, clock))
        expect(results.map((it) => it.status === 'rejected' && it.reason instanceof Unavailable)).not.toContain(false)
      } finally {
        server.signal('SIGCONT')
      }
    })
  })

  test('a server that refuses writes is an outage, and no argument of a command is in the error', async () => {
    await withStores(async ({ check, sessions }) => {
      await raw.config('SET', 'maxmemory', '1')
      try {
        const refusal = await sessions.begin(aSession(clock.now()), 'canary').catch((error: unknown) => error)
        expect(refusal).toBeInstanceOf(Unavailable)
        expect(inspect(refusal, { depth: 9 })).toContain('OOM')
        expect(inspect(refusal, { depth: 9 })).not.toContain('canary')
        await expect(check()).rejects.toBeInstanceOf(Unavailable)
      } finally {
        await raw.config('SET', 'maxmemory', '0')
      }
      await check()
    })
  })

  test('a password is not in the error that refuses it', async () => {
    const url = server.url.replace('//', '//canary-user:canary-password@')
    const refusal = await openRedisStores({ url, clock, sessionIdle: 600 }).catch((error: unknown) => error)
    expect(inspect(refusal)).toMatch(/Redis at 127\.0\.0\.1:\d+ cannot be used: WRONGPASS/)
    expect(inspect(refusal, { depth: 9 })).not.toContain('canary')
  })

  test('a server that dies is an outage, and what it answered is there when it is back', async () => {
    const mortal = await startPrivateRedis()
    const stores = await openRedisStores({ url: mortal.url, clock, sessionIdle: 600 })
    try {
      const family = aFamily(clock.now())
      await stores.families.begin(family)
      const presented = { familyId: family.id, generation: 1, macKid: family.macKid, from: '' }
      await stores.families.rotate(presented, undefined, rules)
      await mortal.kill()
      const results = await Promise.allSettled(everyVerb(stores, clock))
      expect(results.map((it) => it.status === 'rejected' && it.reason instanceof Unavailable)).not.toContain(false)

      await mortal.restart()
      await vi.waitFor(() => stores.check(), { timeout: 10_000 })
      await Promise.all(everyVerb(stores, clock))
      expect(await stores.families.find(family.id)).toEqual({ family, generation: 2, rotatedAt: expect.any(Date) })
    } finally {
      await stores.close()
      await mortal.stop()
    }
  })
})

test('a server that is not there is named, without waiting for long', async () => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const address = closed.address()
  closed.close()
  const port = typeof address === 'object' ? address?.port : undefined
  const opening = openRedisStores({ url: `redis://:canary@127.0.0.1:${port}`, clock, sessionIdle: 600 })
  await expect(opening).rejects.toThrow(`Redis at 127.0.0.1:${port} cannot be used: connect ECONNREFUSED`)
})

test.for([
  ['https://redis.example', 'must begin with redis:// or rediss://'],
  ['redis', 'must begin with redis:// or rediss://'],
] as const)('%s is no Redis URL', async ([url, words]) => {
  await expect(openRedisStores({ url, clock, sessionIdle: 600 })).rejects.toThrow(words)
})

test('a prefix that would move keys to other buckets is refused', async () => {
  const opening = openRedisStores({ url: 'redis://127.0.0.1', clock, sessionIdle: 600, prefix: '{b00}' })
  await expect(opening).rejects.toThrow('no braces')
})
