import { expect, test } from 'vitest'
import type { Uses as NotedUses } from '#core/tokens/fact-store.ts'
import { openUses } from '#core/tokens/uses.ts'
import { testClock } from '#test/support/clock.ts'

const start = new Date('2026-01-01T00:00:00Z')
const at = (seconds: number) => new Date(start.getTime() + seconds * 1000)

function opened(noteUses: (batch: NotedUses) => Promise<void> = async () => {}) {
  const batches: NotedUses[] = []
  const failures: unknown[] = []
  const facts = {
    async noteUses(batch: NotedUses) {
      batches.push(batch)
      await noteUses(batch)
    },
  }
  const uses = openUses({ facts, clock: testClock(start), failed: (error) => failures.push(error) })
  return { uses, batches, failures }
}

test('many uses of one family are one note: the newest generation, however they come', async () => {
  const { uses, batches } = opened()
  uses.noteFamily({ id: 'a', generation: 2, rotatedAt: at(2) })
  uses.noteFamily({ id: 'a', generation: 4, rotatedAt: at(4) })
  uses.noteFamily({ id: 'a', generation: 3, rotatedAt: at(3) })
  uses.noteSession({ id: 's', lastUsedAt: at(9) })
  uses.noteSession({ id: 's', lastUsedAt: at(8) })
  expect(batches).toEqual([])
  await uses.flush()
  expect(batches).toEqual([
    { families: [{ id: 'a', generation: 4, rotatedAt: at(4) }], sessions: [{ id: 's', lastUsedAt: at(9) }] },
  ])
  await uses.flush()
  expect(batches).toHaveLength(1)
})

test('a rotation is noted with the time that it is', async () => {
  const { uses, batches } = opened()
  uses.noteRotation('a', 2)
  await uses.flush()
  const [noted] = batches[0]?.families ?? []
  expect(noted).toMatchObject({ id: 'a', generation: 2 })
  expect(Math.abs(Number(noted?.rotatedAt) - start.getTime())).toBeLessThan(60_000)
})

test('a use that the store did not note anew is told once', async () => {
  const { uses, batches } = opened()
  for (let view = 0; view < 5; view++) {
    uses.noteSession({ id: 's', lastUsedAt: at(9) })
    await uses.flush()
  }
  expect(batches).toHaveLength(1)
})

test('nothing has to be asked for: what waits is written by itself', async () => {
  const { uses, batches } = opened()
  uses.noteRotation('a', 2)
  await expect.poll(() => batches.length, { timeout: 5000 }).toBe(1)
})

test('what cannot be written is tried again, and does not overwrite what is newer', async () => {
  let isDown = true
  const { uses, batches, failures } = opened(async () => {
    if (!isDown) return
    uses.noteFamily({ id: 'a', generation: 3, rotatedAt: at(3) })
    throw new Error('away')
  })
  uses.noteFamily({ id: 'a', generation: 2, rotatedAt: at(2) })
  uses.noteFamily({ id: 'b', generation: 7, rotatedAt: at(2) })
  await uses.flush()
  expect(failures).toHaveLength(1)
  isDown = false
  await expect.poll(() => batches.length, { timeout: 5000 }).toBe(2)
  const again = new Map(batches[1]?.families.map(({ id, generation }) => [id, generation]))
  expect(again).toEqual(
    new Map([
      ['a', 3],
      ['b', 7],
    ]),
  )
})

test('while nothing can be written the newest wait, up to a bound, and go in batches', async () => {
  const { uses, batches } = opened()
  for (let at = 0; at < 100_300; at++) uses.noteRotation(`family-${at}`, 2)
  await uses.flush()
  const noted = batches.flatMap(({ families }) => families)
  expect(noted).toHaveLength(100_000)
  expect(noted[0]?.id).toBe('family-300')
  expect(Math.max(...batches.map(({ families }) => families.length))).toBe(500)
})
