import { describe, expect, test } from 'vitest'
import { statesOf } from '#core/keys/key-state.ts'
import { forgottenOf, isPublished, isRemembered, lineOf, signerOf, tenuresOf } from '#core/keys/succession.ts'
import { aKey, at, day, settings } from './rings.ts'

const one = aKey('one', 0)
const two = aKey('two', 1000)
const leaves = 1000 + 615
const forgotten = leaves + 14 * day

describe('what a key does follows from the dates', () => {
  test.each([
    { when: 0, one: 'active', two: 'next' },
    { when: 999.999, one: 'active', two: 'next' },
    { when: 1000, one: 'previous', two: 'active' },
    { when: leaves - 0.001, one: 'previous', two: 'active' },
    { when: leaves, one: 'retired', two: 'active' },
    { when: forgotten, one: 'retired', two: 'active' },
  ])('after $when s the first is $one and the second $two', ({ when, ...expected }) => {
    const states = statesOf([two, one], settings, at(when))
    expect(Object.fromEntries(states.map(({ kid, state }) => [kid, state]))).toEqual(expected)
  })

  test('a key leaves pollEvery + tokenLife + skew after its successor took over; the last one stays', () => {
    const [first, second] = statesOf([one, two], settings, at(0))
    expect(first?.leavesAt).toEqual(at(leaves))
    expect(second?.leavesAt).toBeUndefined()
  })

  test('its own longest token decides, not what is set now', () => {
    const [first] = statesOf([aKey('one', 0, { tokenLife: 7200 }), two], settings, at(0))
    expect(first?.leavesAt).toEqual(at(1000 + 7200 + 15))
  })

  test('algorithms have successions of their own', () => {
    const other = aKey('rsa', 500, { alg: 'RS256' })
    const states = statesOf([one, other, two], settings, at(600))
    expect(states.map(({ kid, state }) => `${kid} ${state}`)).toEqual(['one active', 'two next', 'rsa active'])
  })
})

describe('who signs', () => {
  const spoilt = (kid: string, signsFrom: number, when: number) => aKey(kid, signsFrom, { compromisedAt: at(when) })
  test.each([
    { name: 'nobody has had a turn: the first', keys: [aKey('b', 900), aKey('a', 800)], signs: 'a' },
    { name: 'the last whose turn has come', keys: [aKey('a', 0), aKey('b', 500), aKey('c', 600)], signs: 'b' },
    { name: 'of two with one date the younger', keys: [aKey('a', 5, { createdAt: at(1) }), aKey('b', 5)], signs: 'b' },
    { name: 'compromised: the successor, before its turn', keys: [spoilt('a', 0, 400), aKey('b', 900)], signs: 'b' },
    { name: 'compromised, no successor: the one before', keys: [aKey('a', 0), spoilt('b', 100, 400)], signs: 'a' },
    {
      name: 'compromised before its turn: no change',
      keys: [aKey('a', 0), spoilt('b', 400, 300), aKey('c', 900)],
      signs: 'a',
    },
    { name: 'all compromised: nobody', keys: [spoilt('a', 0, 400)], signs: undefined },
  ])('$name', ({ keys, signs }) => {
    expect(signerOf(lineOf(keys, 'ES256'), at(500))?.kid).toBe(signs)
  })
})

describe('a compromised key', () => {
  test('leaves at once, or stays gone where it had left before', () => {
    const gone = statesOf([aKey('one', 0, { compromisedAt: at(1100) }), two], settings, at(1100))
    expect(gone[0]).toMatchObject({ state: 'compromised', leavesAt: at(1100) })
    const late = statesOf([aKey('one', 0, { compromisedAt: at(9999) }), two], settings, at(9999))
    expect(late[0]).toMatchObject({ state: 'compromised', leavesAt: at(leaves) })
  })

  test('is trusted by no clock, not by one that is behind either', () => {
    const [spoilt, sound] = tenuresOf([aKey('one', 0, { compromisedAt: at(1100) }), two], settings)
    if (!spoilt || !sound) throw new Error('two keys have two tenures')
    expect([isPublished(spoilt, at(1095)), isRemembered(spoilt, at(1095))]).toEqual([false, false])
    expect([isPublished(sound, at(1095)), isRemembered(sound, at(1095))]).toEqual([true, true])
  })

  test('does not shorten the stay of the one before it', () => {
    const keys = [one, aKey('two', 1000, { compromisedAt: at(1200) }), aKey('three', 1200)]
    expect(statesOf(keys, settings, at(1200))[0]).toMatchObject({ state: 'previous', leavesAt: at(leaves) })
  })

  test('gives nobody a date where it never had its turn', () => {
    const keys = [one, aKey('two', 1000, { compromisedAt: at(900) })]
    expect(statesOf(keys, settings, at(5000))[0]).toMatchObject({ state: 'active', leavesAt: undefined })
  })
})

test('a key whose date another key still needs is kept, though it is over itself', () => {
  const long = aKey('long', 0, { tokenLife: 100 * day })
  const keys = [long, aKey('short', 1000), aKey('last', 2000)]
  const forgottenKids = (when: number) => [...forgottenOf(keys, settings, at(when))].map(({ kid }) => kid)
  const shortIsOver = 2000 + 615 + 14 * day
  expect(forgottenKids(shortIsOver)).toEqual([])
  expect(forgottenKids(1000 + 114 * day + 15)).toEqual(['long', 'short'])
})
