import { expect, test } from 'vitest'
import { describeEach } from './implementations.ts'
import { aMacKey, aSigningKey, seconds } from './samples.ts'

describeEach('keys in the database', (open) => {
  test('a ring is read as it was put', async () => {
    const { databaseKeys } = await open()
    expect(await databaseKeys.read()).toBeUndefined()
    expect(await databaseKeys.version()).toBeUndefined()
    const publicJwk = { kty: 'RSA', n: 'n', e: 'AQAB', alg: 'RS256', use: 'sig', kid: 'kid-2' }
    const retired = aSigningKey({ kid: 'kid-2', alg: 'RS256', publicJwk, compromisedAt: seconds(5.5) })
    const ring = { version: 1, keys: [retired, aSigningKey(), aMacKey()] }
    expect(await databaseKeys.put(ring, undefined)).toBe('stored')
    expect(await databaseKeys.read()).toEqual(ring)
    expect(await databaseKeys.version()).toBe(1)
  })

  test('a ring is replaced by who saw the last one', async () => {
    const { databaseKeys } = await open()
    expect(await databaseKeys.put({ version: 2, keys: [] }, 1)).toBe('conflict')
    expect(await databaseKeys.read()).toBeUndefined()
    expect(await databaseKeys.put({ version: 1, keys: [] }, undefined)).toBe('stored')
    expect(await databaseKeys.put({ version: 1, keys: [aMacKey()] }, undefined)).toBe('conflict')
    expect(await databaseKeys.put({ version: 2, keys: [aMacKey()] }, 1)).toBe('stored')
    expect(await databaseKeys.put({ version: 2, keys: [] }, 1)).toBe('conflict')
    expect(await databaseKeys.read()).toEqual({ version: 2, keys: [aMacKey()] })
  })

  test('of 20 racing first rings one is stored, and of 20 successors one', async () => {
    const { databaseKeys } = await open()
    for (const seen of [undefined, 1]) {
      const version = (seen ?? 0) + 1
      const puts = Array.from({ length: 20 }, (_, n) =>
        databaseKeys.put({ version, keys: [aMacKey({ kid: `${version}-${n}` })] }, seen),
      )
      const outcomes = await Promise.all(puts)
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1)
      const kids = (await databaseKeys.read())?.keys.map((key) => key.kid)
      expect(kids).toEqual([`${version}-${outcomes.indexOf('stored')}`])
    }
  })

  test('every kid is remembered once', async () => {
    const { keyMemory } = await open()
    expect(await keyMemory.list()).toEqual([])
    await Promise.all([keyMemory.put(['b', 'a']), keyMemory.put(['a', 'c', 'a']), keyMemory.put([])])
    await keyMemory.put(['a', 'B'])
    expect(await keyMemory.list()).toEqual(['B', 'a', 'b', 'c'])
  })
})
