import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whyNoPrivateRedis } from '#test/support/redis.ts'
import { startCluster } from '#test/support/redis-cluster.ts'
import { type RedisTopology, startSentinels } from '#test/support/redis-topologies.ts'
import { aMachine, type Machine, type Shape } from './machine.ts'

const reason = whyNoPrivateRedis()
if (reason) console.warn(`what the doctor says of Sentinels and clusters is not tested: ${reason}`)

describe.skipIf(reason !== undefined).each([
  { name: 'redis+sentinel://', start: startSentinels, holding: 1 },
  { name: 'redis+cluster://', start: startCluster, holding: 3 },
])('the doctor looks at a Redis of the form $name', ({ name, start, holding }) => {
  let machine: Machine
  let redis: RedisTopology
  beforeAll(async () => {
    ;[machine, redis] = await Promise.all([aMachine(), start()])
    await redis.healthy()
    await machine.json(['keys', 'rotate'])
  })
  afterAll(async () => {
    machine?.remove()
    await redis?.stop()
  })

  test('and names the servers that hold something', async () => {
    expect(redis.url.startsWith(name)).toBe(true)
    const env = { SIGNET_ISSUER: 'http://localhost:3000', REDIS_URL: redis.url, SIGNET_REDIS_REPLICAS: '1' }
    const { out } = await machine.signet(['doctor', '--json'], { env })
    const { findings }: { findings: readonly Shape[] } = JSON.parse(out)
    const told = findings.map(({ what }) => String(what))
    const answers = told.find((what) => what.includes(' answers: '))
    expect(answers, told.join('\n')).toContain(`Redis at ${redis.url} answers: 127.0.0.1:`)
    expect(answers?.split(', ')).toHaveLength(holding)
    // What is in them may still be on its way from the database, when it is looked at for the first time.
    expect(told.filter((what) => /^Redis at .* cannot be used/.test(what))).toEqual([])
  })
})
