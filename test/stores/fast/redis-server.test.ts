import { once } from 'node:events'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { letterOf, readRecord } from '#stores/redis/record.ts'
import { bucketOf, keyOf } from '#stores/redis/redis-table.ts'
import type { FastStores } from '#stores/stores.ts'
import { testClock } from '#test/support/clock.ts'
import { startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { everyVerb } from './every-verb.ts'
import { aDatabase, openStores } from './redis-world.ts'
import { aCode, aFamily, aRevocable, aSession } from './samples.ts'

const clock = testClock()
const rules = { idle: 600, grace: 30 }
const whyNot = whyNoPrivateRedis()

describe.skipIf(whyNot)(`a Redis server of our own${whyNot ? ` (${whyNot})` : ''}`, () => {
  let server: Awaited<ReturnType<typeof startPrivateRedis>>
  const database = aDatabase()
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
    const stores = await openStores({ ...database, url: server.url, clock })
    await use(stores).finally(() => stores.close())
  }

  test('every key names its bucket and type, says them again inside, and expires', async () => {
    await withStores(async (stores) => {
      await Promise.all(everyVerb(stores, clock))
      const { families, attempts, sessions } = stores
      await families.begin(aFamily(clock.now(), { id: 'alive' }))
      await sessions.begin(aSession(clock.now(), { id: 'alive' }), 'hash')
      await attempts.claim([{ key: 'k', most: 5, window: 60 }])
      const keys = (await raw.keys('*')).filter((key) => !key.endsWith(':bucket'))
      const types = new Set<string>()
      for (const key of keys) {
        const [, bucket = '', type = '', id = ''] = /^signet:\{b([0-9a-f]{2})\}:([a-z]+):(.*)$/.exec(key) ?? []
        expect(Number.parseInt(bucket, 16), key).toBe(bucketOf(id))
        const text = String(await raw.get(key))
        expect(text.charAt(0), key).toBe(type)
        expect(text, key).toMatch(/^..2 /)
        // Longer than a clock may jump ahead before the time is agreed again, short enough to be no burden.
        const margin = (await raw.pexpiretime(key)) + clock.offset - Number(readRecord(text).ends)
        expect(margin, key).toBeGreaterThanOrEqual(660_000)
        expect(margin, key).toBeLessThanOrEqual(1_800_000)
        types.add(type)
      }
      const expected = ['request', 'code', 'session', 'family', 'token', 'attempt'] as const
      expect([...types].sort()).toEqual(expected.map((type) => letterOf[type]).sort())
    })
  })

  test('every bucket says whose it is, and expires only after months without a sign of life', async () => {
    await withStores(async () => {
      const keys = await raw.keys('*:bucket')
      expect(keys).toHaveLength(256)
      const installation = await database.epochs.installation()
      for (const key of keys) {
        expect(await raw.hget(key, 'i')).toBe(installation)
        expect(await raw.pttl(key)).toBeGreaterThan(90 * 86_400_000)
      }
    })
  })

  test('a bucket depends on the id alone and stays what it is', () => {
    expect(keyOf('signet', 'family', 'abc')).toBe('signet:{bba}:f:abc')
    expect(keyOf('signet', 'session', 'abc')).toBe('signet:{bba}:s:abc')
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

  test('a record in a state that only a newer version knows is an outage too, whoever asks', async () => {
    await withStores(async ({ families, revocations }) => {
      const family = aFamily(clock.now())
      await families.begin(family)
      const key = keyOf('signet', 'family', family.id)
      await raw.set(key, String(await raw.get(key)).replace(/^fl/, 'fz'), 'KEEPTTL')
      const presented = { familyId: family.id, generation: 1, macKid: family.macKid, from: '' }
      await expect(families.find(family.id)).rejects.toBeInstanceOf(Unavailable)
      await expect(families.rotate(presented, undefined, { idle: 9, grace: 9 })).rejects.toBeInstanceOf(Unavailable)
      await expect(revocations.has(aRevocable({ familyId: family.id }))).rejects.toBeInstanceOf(Unavailable)
      expect(await raw.get(key)).toMatch(/^fz/)
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
    const refusal = await openStores({ url, clock }).catch((error: unknown) => error)
    expect(inspect(refusal)).toMatch(/Redis at 127\.0\.0\.1:\d+ cannot be used: WRONGPASS/)
    expect(inspect(refusal, { depth: 9 })).not.toContain('canary')
  })

  test('a server that dies is an outage, and what it answered is there when it is back', async () => {
    const mortal = await startPrivateRedis()
    const stores = await openStores({ url: mortal.url, clock })
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
  const opening = openStores({ url: `redis://:canary@127.0.0.1:${port}`, clock })
  await expect(opening).rejects.toThrow(`Redis at 127.0.0.1:${port} cannot be used: connect ECONNREFUSED`)
})

test.for([
  ['https://redis.example', 'is no Redis scheme. Write redis://host:6379'],
  ['redis', 'is no Redis scheme. Write redis://host:6379'],
] as const)('%s is no Redis URL', async ([url, words]) => {
  await expect(openStores({ url, clock })).rejects.toThrow(words)
})

test('a prefix that would move keys to other buckets is refused', async () => {
  const opening = openStores({ url: 'redis://127.0.0.1', clock, prefix: '{b00}' })
  await expect(opening).rejects.toThrow('no braces')
})
