import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { invariants } from '#bench/faults/invariants/all.ts'
import { plants } from '#bench/faults/plants/all.ts'
import { applyEdit } from '#bench/faults/plants/plant.ts'
import { scenarios } from '#bench/faults/scenarios/all.ts'

test.each(plants.map((plant) => [plant.name, plant] as const))(
  'the planted bug %s still fits the product',
  (_, plant) => {
    for (const edit of plant.edits) {
      const source = readFileSync(edit.file, 'utf8')
      expect(applyEdit(source, edit)).not.toBe(source)
    }
    expect(scenarios.map(({ name }) => name)).toContain(plant.scenario)
  },
)

test('every promise has a planted bug, and no two bugs have one name', () => {
  const promises = new Set(['no-secrets', ...invariants.map(({ name }) => name)])
  expect(new Set(plants.map(({ caughtBy }) => caughtBy))).toEqual(promises)
  expect(new Set(plants.map(({ name }) => name)).size).toBe(plants.length)
})

test('a bug whose text has gone is told of', () => {
  const edit = { file: 'a.ts', find: 'one', replace: 'two' }
  expect(() => applyEdit('nothing', edit)).toThrow('stands 0 times in a.ts')
  expect(() => applyEdit('one one', edit)).toThrow('stands 2 times in a.ts')
})
