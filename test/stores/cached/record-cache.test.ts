import { describe, expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { openRecordCache } from '#stores/cached/record-cache.ts'
import { testClock } from '#test/support/clock.ts'

type Row = { readonly name: string; readonly tags?: string[] }

/** A cache over a table that a test changes, breaks and hangs; `asked` counts the reads. */
function aTable(options: { most?: number; mayKeep?: (row: Row) => boolean } = {}) {
  const rows = new Map<string, Row>()
  const clock = testClock()
  let hears = true
  let answer = async (id: string): Promise<Row | undefined> => rows.get(id)
  let asked = 0
  const read = (id: string) => {
    asked += 1
    return answer(id)
  }
  const cache = openRecordCache<Row>({ read, changes: { isListening: () => hears }, clock, ...options })
  return {
    rows,
    clock,
    cache,
    find: cache.find,
    asked: () => asked,
    hear: (is: boolean) => {
      hears = is
    },
    away: (error: Error = new Unavailable('away')) => {
      answer = () => Promise.reject(error)
    },
    back: () => {
      answer = async (id) => rows.get(id)
    },
    /** Reads hang from now on, with what they have seen; the promise ends them. */
    hang() {
      const { promise, resolve } = Promise.withResolvers<void>()
      answer = async (id) => {
        const seen = rows.get(id)
        await promise
        return seen
      }
      return resolve
    },
  }
}

describe('how old a record may be', () => {
  test('one is read once in 30 seconds', async () => {
    const { rows, clock, find, asked } = aTable()
    rows.set('a', { name: 'one' })
    await find('a')
    rows.set('a', { name: 'two' })
    clock.move(29)
    expect(await find('a')).toEqual({ name: 'one' })
    clock.move(1)
    expect(await find('a')).toEqual({ name: 'two' })
    expect(asked()).toBe(2)
  })

  test('while changes may be missed, once a second, also what was read before or is read until they are heard again', async () => {
    const { rows, clock, find, hear } = aTable()
    rows.set('a', { name: 'one' })
    await find('a')
    hear(false)
    rows.set('a', { name: 'two' })
    expect(await find('a')).toEqual({ name: 'one' })
    clock.move(1)
    expect(await find('a')).toEqual({ name: 'two' })
    hear(true)
    rows.set('a', { name: 'three' })
    clock.move(1)
    expect(await find('a')).toEqual({ name: 'three' })
  })

  test('a clock that goes back makes nothing younger', async () => {
    const { rows, clock, find, asked } = aTable()
    rows.set('a', { name: 'one' })
    await find('a')
    clock.move(-60)
    await find('a')
    expect(asked()).toBe(2)
  })

  test('whoever must know is answered from the table, and what they learn is kept', async () => {
    const { rows, find, asked } = aTable()
    rows.set('a', { name: 'one' })
    await find('a')
    rows.set('a', { name: 'two' })
    expect(await find('a', 'now')).toEqual({ name: 'two' })
    expect(await find('a')).toEqual({ name: 'two' })
    expect(asked()).toBe(2)
  })

  test('what is not there is asked for again, and so is what may not be kept', async () => {
    const { rows, find, asked } = aTable({ mayKeep: ({ name }) => name !== 'off' })
    rows.set('b', { name: 'off' })
    for (const id of ['a', 'a', 'b', 'b']) await find(id)
    expect(asked()).toBe(4)
  })
})

describe('while the table is away', () => {
  test('a record is answered for 30 seconds, then nobody knows', async () => {
    const { rows, clock, find, away } = aTable()
    rows.set('a', { name: 'one' })
    await find('a')
    away()
    clock.move(29)
    expect(await find('a')).toEqual({ name: 'one' })
    clock.move(1)
    await expect(find('a')).rejects.toThrow(Unavailable)
    await expect(find('a', 'now')).rejects.toThrow(Unavailable)
  })

  test('for whoever takes a remembered one, for 15 minutes', async () => {
    const { rows, clock, find, away } = aTable()
    rows.set('a', { name: 'one' })
    await find('a')
    away()
    clock.move(15 * 60 - 1)
    expect(await find('a', 'remembered')).toEqual({ name: 'one' })
    clock.move(1)
    await expect(find('a', 'remembered')).rejects.toThrow(Unavailable)
  })

  test('not where it was changed, nor where a change may have been missed', async () => {
    const { rows, clock, cache, find, away, back, hear } = aTable()
    rows.set('a', { name: 'one' })
    await find('a')
    clock.move(60)
    away()
    cache.drop('a')
    await expect(find('a', 'remembered')).rejects.toThrow(Unavailable)
    back()
    await find('a')
    clock.move(60)
    away()
    hear(false)
    await expect(find('a', 'remembered')).rejects.toThrow(Unavailable)
  })

  test('a table that hangs keeps nobody waiting who takes a remembered one, but for a change that is told meanwhile', async () => {
    const { rows, clock, cache, find, hang, back } = aTable()
    rows.set('a', { name: 'one' })
    await find('a')
    clock.move(60)
    const end = hang()
    expect(await find('a', 'remembered')).toEqual({ name: 'one' })
    const waiting = find('a', 'remembered')
    cache.drop('a')
    rows.set('a', { name: 'two' })
    back()
    expect(await waiting).toEqual({ name: 'two' })
    end()
    expect(await find('a')).toEqual({ name: 'two' })
  })

  test('an error that is a bug is never covered by what is remembered', async () => {
    const { rows, clock, find, away } = aTable()
    rows.set('a', { name: 'one' })
    await find('a')
    clock.move(60)
    away(new TypeError('a bug'))
    await expect(find('a', 'remembered')).rejects.toThrow(TypeError)
  })
})

describe('reads and changes at once', () => {
  test('a hundred who miss at once are one read, and a failure is not kept', async () => {
    const { rows, find, asked, away, back } = aTable()
    rows.set('a', { name: 'one' })
    away()
    const failed = await Promise.allSettled(Array.from({ length: 100 }, () => find('a')))
    expect(failed.every(({ status }) => status === 'rejected')).toBe(true)
    back()
    await Promise.all(Array.from({ length: 100 }, () => find('a')))
    expect(asked()).toBe(2)
  })

  test('a read that a change overtook is not kept, nor one that was under way when all was forgotten', async () => {
    for (const forget of ['drop', 'clear'] as const) {
      const { rows, cache, find, hang, back } = aTable()
      rows.set('a', { name: 'old' })
      const end = hang()
      const early = find('a')
      rows.set('a', { name: 'new' })
      cache[forget]('a')
      back()
      end()
      expect(await early).toEqual({ name: 'old' })
      expect(await find('a')).toEqual({ name: 'new' })
    }
  })

  test('the slower of two reads, which began first, does not take the place of the faster', async () => {
    const { rows, cache, find, hang, back } = aTable()
    rows.set('a', { name: 'old' })
    const end = hang()
    const early = find('a')
    rows.set('a', { name: 'new' })
    cache.drop('a')
    back()
    await find('a')
    end()
    await early
    expect(await find('a')).toEqual({ name: 'new' })
  })
})

test('so many are kept and no more, and the one that was not asked for longest gives way', async () => {
  const { rows, find, asked } = aTable({ most: 3 })
  for (const id of ['a', 'b', 'c', 'd']) rows.set(id, { name: id })
  for (const id of ['a', 'b', 'c', 'a', 'd', 'a', 'c', 'd']) await find(id)
  expect(asked()).toBe(4)
  await find('b')
  expect(asked()).toBe(5)
})

test('nobody can change what is answered', async () => {
  const { rows, find } = aTable()
  rows.set('a', { name: 'one', tags: ['x'] })
  const found = await find('a')
  expect(() => found?.tags?.push('y')).toThrow(TypeError)
  expect(() => Object.assign(found ?? {}, { name: 'two' })).toThrow(TypeError)
})
