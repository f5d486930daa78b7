import { expect, test } from 'vitest'
import { agreedClock, type TimeSource } from '#idp/agreed-clock.ts'

/** Real time, which only the test knows, and clocks that show it with an error of their own (seconds). */
function aWorld() {
  const start = Date.parse('2030-01-01T00:00:00Z')
  let passed = 0
  const off = { own: 0, redis: 0, database: 0 }
  const trip = { redis: 0, database: 0 }
  const down = new Set<TimeSource['name']>()
  const source = (name: TimeSource['name']): TimeSource => ({
    name,
    async ask() {
      if (down.has(name)) throw new Error('away')
      passed += trip[name] / 2
      const time = new Date(start + passed + off[name] * 1000)
      passed += trip[name] / 2
      return time
    },
  })
  const clocks = { wall: () => start + passed + off.own * 1000, monotonic: () => 5000 + passed }
  return {
    off,
    trip,
    down,
    open: () => agreedClock([source('redis'), source('database')], clocks),
    pass(seconds: number) {
      passed += seconds * 1000
    },
    /** How many seconds a date is ahead of the true time. */
    ahead: (date: Date) => (date.getTime() - start - passed) / 1000,
  }
}

test('a process whose own clock is ten minutes off goes by the others', async () => {
  const world = aWorld()
  world.off.own = 600
  const clock = world.open()
  expect(world.ahead(clock.now())).toBe(600)
  const deviations = await clock.measure()
  expect(world.ahead(clock.now())).toBe(0)
  expect(clock.offset).toBe(0)
  expect(deviations.get('own')).toBeCloseTo(600)
  expect(deviations.get('redis')).toBeCloseTo(0)
})

test('where Redis is off, its scripts are told the difference, and nobody else sees it', async () => {
  const world = aWorld()
  world.off.redis = -600
  const clock = world.open()
  const deviations = await clock.measure()
  expect(world.ahead(clock.now())).toBe(0)
  expect(clock.offset).toBe(600_000)
  expect(deviations.get('redis')).toBeCloseTo(-600)

  world.off.redis = 0
  await clock.measure()
  expect(clock.offset).toBe(0)
})

test('where own clock and Redis are both off, each its own way, time and offset are right all the same', async () => {
  const world = aWorld()
  world.off.own = 600
  world.off.redis = -30
  const clock = world.open()
  await clock.measure()
  expect(world.ahead(clock.now())).toBe(0)
  expect(clock.offset).toBe(30_000)
})

test('less than a second is no difference', async () => {
  const world = aWorld()
  world.off.own = 0.9
  world.off.redis = -0.09
  const clock = world.open()
  await clock.measure()
  expect(world.ahead(clock.now())).toBeCloseTo(0.9)
  expect(clock.offset).toBe(0)
})

test('a jump of the own clock is not seen, and the time does not wait for the next measurement', async () => {
  const world = aWorld()
  const clock = world.open()
  await clock.measure()
  world.off.own = -3600
  world.pass(5)
  expect(world.ahead(clock.now())).toBe(0)
  await clock.measure()
  expect(world.ahead(clock.now())).toBe(0)
})

test('two clocks cannot outvote anybody: the time runs on as it was agreed', async () => {
  const world = aWorld()
  const clock = world.open()
  await clock.measure()
  world.down.add('database')
  world.off.redis = 600
  world.off.own = 600
  await clock.measure()
  expect(world.ahead(clock.now())).toBe(0)
  expect(clock.offset).toBe(-600_000)
})

test('half of a round trip is not taken for a difference', async () => {
  const world = aWorld()
  world.trip.redis = 800
  const deviations = await world.open().measure()
  expect(deviations.get('redis')).toBeCloseTo(0)
})

test('an answer that took long says nothing', async () => {
  const world = aWorld()
  world.trip.database = 1200
  world.down.add('redis')
  const deviations = await world.open().measure()
  expect([...deviations.keys()]).toEqual(['own'])
})
