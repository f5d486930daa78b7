import { expect, test } from 'vitest'
import { openPace } from '#idp/logout-pace.ts'
import { testClock } from '#test/support/clock.ts'

const limits = { atOnce: 5, perClient: 2 }

test('a client has two under way at most, and all together five', () => {
  const pace = openPace(limits, testClock())
  pace.begin('a')
  expect(pace.held()).toEqual([])
  const end = pace.begin('a')
  expect([pace.held(), pace.room()]).toEqual([['a'], 3])
  end(true)
  expect([pace.held(), pace.room()]).toEqual([[], 4])
})

test('a client that fails rests, longer each time, and then has one at a time until it takes one', () => {
  const clock = testClock()
  const pace = openPace(limits, clock)
  for (const seconds of [2, 4, 8]) {
    pace.begin('a')(false)
    clock.move(seconds - 0.1)
    expect(pace.held()).toEqual(['a'])
    clock.move(0.2)
    expect(pace.held()).toEqual([])
  }
  const probe = pace.begin('a')
  expect(pace.held()).toEqual(['a'])
  probe(true)
  pace.begin('a')
  expect(pace.held()).toEqual([])
})

test('it is never left alone for more than five minutes', () => {
  const clock = testClock()
  const pace = openPace(limits, clock)
  for (let times = 0; times < 2000; times++) pace.begin('a')(false)
  clock.move(300.1)
  expect(pace.held()).toEqual([])
})
