import { describe, expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { bucketKeyOf, bucketOf } from '#stores/redis/redis-table.ts'
import { openRedisServers } from '#stores/redis/servers/open-redis-servers.ts'
import type { RedisServers } from '#stores/redis/servers/redis-servers.ts'
import { whyNoPrivateRedis } from '#test/support/redis.ts'
import { aWorld } from './redis-world.ts'
import { aFamily } from './samples.ts'

const whyNot = whyNoPrivateRedis()
const everything = bucketOf('')

/** How a bucket fails a process: nothing arrives there, or what arrives is done and the answer does not come back. */
type Fault = 'unreached' | 'unanswered'

describe.skipIf(whyNot)(`an outage that Redis cannot see${whyNot ? ` (${whyNot})` : ''}`, () => {
  async function begun() {
    const world = await aWorld()
    let elapsed = 0
    const faults = new Map<number, Fault>()
    const real = await openRedisServers(world.server.url, { replicas: 0 })
    const run: RedisServers['run'] = async (bucket, ...call) => {
      const fault = faults.get(bucket)
      if (fault !== 'unreached') {
        const answer = await real.run(bucket, ...call)
        if (!fault) return answer
      }
      throw new Unavailable(`the bucket is ${fault}`)
    }
    const process = await world.process({ servers: { ...real, run }, elapsed: () => elapsed })
    const family = aFamily(world.clock.now(), { id: idElsewhere() })
    await process.families.begin(family)
    const neighbour = idIn((bucket) => bucket === bucketOf(family.id), 'neighbour')
    /** Seconds go by with a beat in every other one, so that no bucket has a gap of its own; the family's is busy. */
    const live = async (seconds: number) => {
      for (let past = 0; past < seconds; past += 2) {
        elapsed += 2000
        world.clock.move(2)
        await process.families.revoke(neighbour, family.expiresAt).catch(() => {})
        await process.beat()
      }
    }
    return { world, process, family, faults, live }
  }

  test('one bucket that does not answer is an outage of all of them, while it lasts and when it is over', async () => {
    const { world, process, family, faults, live } = await begun()
    await using _ = world
    const early = aFamily(world.clock.now(), { id: idElsewhere('early') })
    await process.families.begin(early)
    await process.rotate(early, 1)
    await live(40)
    await process.rotate(family, 1)
    faults.set(everything, 'unreached')
    await live(60)
    // At another process, which had an answer to everything, and before this one has noticed that it is over.
    const other = await world.process()
    expect(await other.rotate(family, 1)).toMatchObject({ outcome: 'repeated', generation: 2 })
    faults.clear()
    expect(await process.rotate(family, 1)).toMatchObject({ outcome: 'repeated', generation: 2 })
    await live(28)
    expect(await process.rotate(family, 1)).toMatchObject({ outcome: 'repeated', generation: 2 })
    expect(await process.rotate(early, 1)).toMatchObject({ outcome: 'reused' })
    await live(8)
    expect(await process.rotate(family, 1)).toMatchObject({ outcome: 'reused' })
  })

  test('a bucket that lives without us is told so before it judges', async () => {
    const { world, process, family, faults, live } = await begun()
    await using _ = world
    await process.rotate(family, 1)
    faults.set(bucketOf(family.id), 'unreached')
    await live(60)
    faults.clear()
    expect(await process.rotate(family, 1)).toMatchObject({ outcome: 'repeated', generation: 2 })
  })

  test('writes that nobody acknowledges are no sign of life', async () => {
    const { world, process, family, faults, live } = await begun()
    await using _ = world
    for (let bucket = 0; bucket < 256; bucket++) faults.set(bucket, 'unanswered')
    await expect(process.rotate(family, 1)).rejects.toBeInstanceOf(Unavailable)
    await live(60)
    expect(Number(await world.raw.hget(bucketKeyOf('signet', bucketOf(family.id)), 't'))).toBeGreaterThan(0)
    faults.clear()
    expect(await process.rotate(family, 1)).toMatchObject({ outcome: 'repeated', generation: 2 })
  })

  test('four seconds of silence are no outage, and what all were told of is over', async () => {
    const { world, family, faults, live } = await begun()
    await using _ = world
    const read = (field: 'g' | 'b') => world.raw.hget(bucketKeyOf('signet', bucketOf(family.id)), field)
    faults.set(everything, 'unreached')
    await live(2)
    faults.clear()
    await live(2)
    expect(await read('g')).toBeNull()
    faults.set(everything, 'unreached')
    await live(12)
    faults.clear()
    await live(2)
    const back = await read('b')
    expect(Number(back) - Number(await read('g'))).toBeGreaterThanOrEqual(14_000)
    await live(8)
    expect(await read('b')).toBe(back)
  })
})

/** An id whose bucket a test wants. */
function idIn(wants: (bucket: number) => boolean, name: string): string {
  for (let number = 0; ; number++) if (wants(bucketOf(`${name}-${number}`))) return `${name}-${number}`
}

const idElsewhere = (name = 'family') => idIn((bucket) => bucket !== everything, name)
