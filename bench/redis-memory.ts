/*
 * `npm run bench:memory -- [count]`: bytes of Redis memory per family, session and spent code, key and overhead included,
 * by the difference of `used_memory` after so many of each; and microseconds in Redis per call of a script. Ids and
 * scopes are those of a default installation, and every family has been rotated once. A Redis of its own.
 */
import { Redis } from 'ioredis'
import { later, systemClock } from '#core/clock.ts'
import { digest, random } from '#core/oauth/random.ts'
import { memoryEpochs } from '#stores/memory/durable-epochs.ts'
import { memoryFacts } from '#stores/memory/durable-facts.ts'
import { memoryLeases } from '#stores/memory/durable-leases.ts'
import { openRedisStores } from '#stores/redis/open-redis-stores.ts'
import type { FastStores } from '#stores/stores.ts'
import { startPrivateRedis } from '#test/support/redis.ts'

const count = Number(process.argv[2] ?? 100_000)
/** Calls that are under way at once. */
const abreast = 100
const day = 86_400
const clientId = random('client_', 12)
const macKid = random('mac_', 9)
const versions = { user: 0, client: 0, everything: 0 }

const server = await startPrivateRedis()
const redis = new Redis(server.url)
// What is measured is memory: the journal would only make it slow.
await redis.config('SET', 'appendonly', 'no')
const durable = { epochs: memoryEpochs(), leases: memoryLeases(), facts: memoryFacts() }
const stores = await openRedisStores({ ...durable, url: server.url, clock: systemClock, sessionIdle: day })
try {
  await measure('family', putFamily)
  await measure('session', putSession)
  await measure('spent code', putSpentCode)
} finally {
  await stores.close()
  redis.disconnect()
  await server.stop()
}

async function measure(noun: string, put: (stores: FastStores) => Promise<void>): Promise<void> {
  await redis.config('RESETSTAT')
  const before = await usedMemory()
  const started = performance.now()
  for (let done = 0; done < count; done += abreast) {
    await Promise.all(Array.from({ length: Math.min(abreast, count - done) }, () => put(stores)))
  }
  const seconds = (performance.now() - started) / 1000
  const bytes = ((await usedMemory()) - before) / count
  const [, calls, , each] = /cmdstat_evalsha:calls=(\d+),usec=(\d+),usec_per_call=([\d.]+)/.exec(await stats()) ?? []
  console.log(
    `${noun}: ${bytes.toFixed(0)} bytes (${count} in ${seconds.toFixed(0)} s; ${calls} scripts, ${each} µs each)`,
  )
}

async function usedMemory(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
}

function stats(): Promise<string> {
  return redis.info('commandstats')
}

async function putFamily({ families }: FastStores): Promise<void> {
  const id = random('fam_', 16)
  const now = systemClock.now()
  const sid = random('ses_', 16)
  const scopes = new Set(['openid', 'profile', 'email', 'offline_access'])
  const whose = { id, clientId, userId: random('usr_', 16), sessionId: undefined, sid, scopes, versions, macKid }
  const how = { resource: undefined, authTime: later(now, -5), amr: ['pwd'], acr: 'aal1', userinfoClaims: [] }
  await families.begin({ ...whose, ...how, createdAt: now, expiresAt: later(now, 90 * day) })
  const presented = { familyId: id, generation: 1, macKid, from: digest(id).slice(0, 11) }
  await families.rotate(presented, undefined, { idle: 14 * day, grace: 30 })
}

async function putSession({ sessions }: FastStores): Promise<void> {
  const now = systemClock.now()
  const whose = { id: random('ses_', 16), userId: random('usr_', 16), userVersion: 0, everythingVersion: 0 }
  const dates = { authTime: now, createdAt: now, lastUsedAt: now, expiresAt: later(now, 30 * day) }
  await sessions.begin({ ...whose, ...dates, amr: ['pwd'] }, digest(random()))
}

async function putSpentCode({ codes }: FastStores): Promise<void> {
  const hash = digest(random('code_'))
  const now = systemClock.now()
  const ids = { userId: random('usr_', 16), sessionId: random('ses_', 16), familyId: random('fam_', 16) }
  await codes.put(hash, {
    clientId,
    ...ids,
    sessionExpiresAt: later(now, 30 * day),
    redirectUri: 'https://app.example.com/callback',
    codeChallenge: digest(hash),
    scopes: new Set(['openid', 'profile', 'email']),
    resource: undefined,
    nonce: random(),
    authTime: now,
    amr: ['pwd'],
    acr: 'aal1',
    claims: { userinfo: {}, idToken: {} },
    hasBegun: false,
    versions,
    expiresAt: later(now, 60),
  })
  await codes.claim(hash)
}
