import { describe, expect, test } from 'vitest'
import type { EpochStore } from '#stores/epoch-store.ts'
import { memoryEpochs } from '#stores/memory/durable-epochs.ts'
import { whyNoPrivateRedis } from '#test/support/redis.ts'
import { aDatabase, aWorld, snapshot } from './redis-world.ts'
import { aFamily } from './samples.ts'

const whyNot = whyNoPrivateRedis()

/** A database that can be put back to what it was at the start, but for its name. */
function restorable() {
  const installation = memoryEpochs().installation()
  let epochs = memoryEpochs()
  const current: EpochStore = {
    list: (now) => epochs.list(now),
    claim: (moves) => epochs.claim(moves),
    note: (facts) => epochs.note(facts),
    installation: () => installation,
  }
  return {
    database: { ...aDatabase(), epochs: current },
    restore: () => {
      epochs = memoryEpochs()
    },
  }
}

describe.skipIf(whyNot)(`a loss that was noticed${whyNot ? ` (${whyNot})` : ''}`, () => {
  test('is not forgotten because another process goes on writing', async () => {
    await using world = await aWorld()
    const [knows, goesOn] = [await world.process(), await world.process()]
    const [ended, other] = [aFamily(world.clock.now()), aFamily(world.clock.now())]
    for (const family of [ended, other]) await knows.families.begin(family)
    await goesOn.beat()
    const stale = await snapshot(world.raw)
    await knows.end({ kind: 'family', id: ended.id })
    await stale()
    await expect(knows.hasEnded('family', ended.id)).rejects.toThrow('lost a part of its memory')
    await expect(
      goesOn.families.recover({ family: ended, generation: 1, rotatedAt: ended.createdAt }),
    ).rejects.toThrow()
    await knows.attempt()
    await goesOn.attempt()
    expect(await knows.hasEnded('family', ended.id)).toBe(true)
    expect(await goesOn.hasEnded('family', ended.id)).toBe(true)
  })

  test('is not forgotten where Redis could not be told and has caught up since', async () => {
    await using world = await aWorld()
    const knows = await world.process()
    const ended = aFamily(world.clock.now())
    await knows.families.begin(ended)
    const stale = await snapshot(world.raw)
    await knows.end({ kind: 'family', id: ended.id })
    await stale()
    const buckets = (await world.raw.keys('*:bucket')).sort()
    const writes = await Promise.all(buckets.map((bucket) => world.raw.hget(bucket, 'w')))
    const epochs = await Promise.all(buckets.map((bucket) => world.raw.hget(bucket, 'e')))
    await expect(knows.hasEnded('family', ended.id)).rejects.toThrow('lost a part of its memory')
    for (const [at, bucket] of buckets.entries())
      await world.raw.hset(bucket, 'e', epochs[at] ?? '', 'w', Number(writes[at]) + 9)
    await knows.attempt()
    expect(await knows.hasEnded('family', ended.id)).toBe(true)
  })

  test('needs no restart where SQL comes back from an older backup and Redis is empty', async () => {
    await using world = await aWorld()
    const { database, restore } = restorable()
    const process = await world.process({ database })
    for (let round = 0; round < 3; round++) {
      await world.raw.flushall()
      await process.beat()
      await process.attempt()
      expect(process.rebuilding()).toBe(0)
    }
    restore()
    await world.raw.flushall()
    await process.beat()
    await process.attempt()
    await process.attempt()
    expect(process.rebuilding()).toBe(0)
    const family = aFamily(world.clock.now())
    expect(await process.families.begin(family)).toBe('begun')
  })
})
