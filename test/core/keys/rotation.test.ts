import { describe, expect, test } from 'vitest'
import { raiseLives, renew } from '#core/keys/renew.ts'
import { retire } from '#core/keys/retire.ts'
import { makeFirstRing, rotate } from '#core/keys/rotate.ts'
import type { StoredKey, StoredRing } from '#core/keys/stored-ring.ts'
import { lineOf, signerOf } from '#core/keys/succession.ts'
import { at, day, hour, settings, start } from './rings.ts'

const first = () => makeFirstRing({ now: start, settings })

function only(ring: StoredRing, alg: StoredKey['alg']): StoredKey {
  const [key, ...more] = ring.keys.filter((each) => each.alg === alg)
  if (!key || more.length > 0) throw new Error(`not one key of ${alg}`)
  return key
}

describe('rotate', () => {
  test('the first ring has ES256, RS256 and a MAC key, signing at once', async () => {
    const { version, keys } = await first()
    expect(version).toBe(1)
    expect(keys.map(({ use, alg, signsFrom }) => ({ use, alg, signsFrom }))).toEqual([
      { use: 'sig', alg: 'ES256', signsFrom: start },
      { use: 'sig', alg: 'RS256', signsFrom: start },
      { use: 'mac', alg: 'HS256', signsFrom: start },
    ])
  })

  test.each(['ES256', 'RS256', 'HS256'] as const)('%s: the new key waits, every other stays as it is', async (alg) => {
    const ring = await first()
    const grown = await rotate(ring, { alg, now: at(100), settings })
    expect(grown.key).toMatchObject({ alg, createdAt: at(100), signsFrom: at(100 + 915) })
    expect(grown.ring).toEqual({ version: 2, keys: [...ring.keys, grown.key] })
  })

  test.each(['EdDSA', 'PS256'] as const)('%s: the first of its algorithm signs at once', async (alg) => {
    expect((await rotate(await first(), { alg, now: at(100), settings })).key.signsFrom).toEqual(at(100))
  })

  test('at once means now, also for a machine whose clock is behind', async () => {
    const ring = await first()
    const { key } = await rotate(ring, { alg: 'ES256', now: at(100), atOnce: true, settings })
    expect(key.signsFrom).toEqual(at(100))
    const behind = await rotate(ring, { alg: 'ES256', now: at(-3), atOnce: true, settings })
    expect(+behind.key.signsFrom).toBe(+start + 1)
  })
})

describe('retire', () => {
  test('without haste: a successor is made, or the one that waits is named', async () => {
    const ring = await first()
    const { kid } = only(ring, 'RS256')
    const once = await retire(ring, { kid, now: at(50), settings })
    expect(once.successor).toMatchObject({ alg: 'RS256', signsFrom: at(50 + 915) })
    const twice = await retire(once.ring, { kid, now: at(60), settings })
    expect(once.isNew).toBe(true)
    expect(twice).toEqual({ ring: once.ring, successor: once.successor, isNew: false })
  })

  test('compromised: a successor is made and signs now', async () => {
    const ring = await first()
    const { kid } = only(ring, 'ES256')
    const { ring: left, successor } = await retire(ring, { kid, compromised: true, now: at(50), settings })
    expect(successor).toMatchObject({ alg: 'ES256', signsFrom: at(50) })
    expect(left.keys.find((key) => key.kid === kid)).toMatchObject({ compromisedAt: at(50) })
  })

  test('compromised: the successor that is published already signs now', async () => {
    const grown = await rotate(await first(), { alg: 'ES256', now: at(20), settings })
    const { kid } = grown.ring.keys[0] ?? { kid: '' }
    const { ring, successor } = await retire(grown.ring, { kid, compromised: true, now: at(50), settings })
    expect(successor).toEqual({ ...grown.key, signsFrom: at(50) })
    expect(ring.keys).toHaveLength(4)
  })

  test('compromised before its turn: the one that signs goes on', async () => {
    const grown = await rotate(await first(), { alg: 'ES256', now: at(20), settings })
    const retired = await retire(grown.ring, { kid: grown.key.kid, compromised: true, now: at(50), settings })
    expect(retired.successor).toBeUndefined()
    expect(retired.ring.keys).toHaveLength(4)
  })

  test('an unknown key is refused', async () => {
    const unknown = retire(await first(), { kid: 'none', now: start, settings })
    await expect(unknown).rejects.toMatchObject({ code: 'unknown_key' })
  })

  test('a compromised MAC key leaves the ring, and another signs now', async () => {
    const ring = await first()
    const { kid } = only(ring, 'HS256')
    const retired = await retire(ring, { kid, compromised: true, now: at(50), settings })
    expect(retired).toMatchObject({ isNew: true, successor: { alg: 'HS256', signsFrom: at(50) } })
    expect(only(retired.ring, 'HS256')).toBe(retired.successor)
    const grown = await rotate(ring, { alg: 'HS256', now: at(20), settings })
    const promoted = await retire(grown.ring, { kid, compromised: true, now: at(50), settings })
    expect(promoted).toMatchObject({ isNew: false, successor: { kid: grown.key.kid, signsFrom: at(50) } })
    expect(only(promoted.ring, 'HS256')).toBe(promoted.successor)
  })

  test.each(['ES256', 'HS256'] as const)('%s: whatever is retired, something signs', async (alg) => {
    let { ring } = await rotate(await first(), { alg, now: at(20), settings })
    for (let when = -100; when < 2000; when += 300) {
      const line = lineOf(ring.keys, alg)
      const [target] = when % 600 === 200 ? line.slice(-1) : line.filter((key) => key === signerOf(line, at(when)))
      ring = (await retire(ring, { kid: target?.kid ?? '', compromised: true, now: at(when), settings })).ring
      expect(signerOf(lineOf(ring.keys, alg), at(when)), `at ${when}`).toBeDefined()
      expect(signerOf(lineOf(ring.keys, alg), at(when))?.kid).not.toBe(target?.kid)
    }
  })
})

describe('renew', () => {
  test('nothing is due: the same ring', async () => {
    const ring = await first()
    const { ring: same, made } = await renew(ring, settings, at(30 * day - 916))
    expect(same).toBe(ring)
    expect(made).toEqual([])
  })

  test('the successor is published so early that it signs after rotateEvery; MAC keys after 90 days', async () => {
    const ring = await first()
    const due = await renew(ring, settings, at(30 * day - 915))
    expect(due.made.map(({ alg, signsFrom }) => ({ alg, signsFrom }))).toEqual([
      { alg: 'ES256', signsFrom: at(30 * day) },
      { alg: 'RS256', signsFrom: at(30 * day) },
    ])
    expect((await renew(due.ring, settings, at(30 * day))).ring).toBe(due.ring)
    const later = await renew(ring, settings, at(90 * day - 915))
    expect(later.made.map(({ alg }) => alg)).toEqual(['ES256', 'RS256', 'HS256'])
  })

  test('keys that nothing needs are dropped: signing keys after the hints, MAC keys after the families', async () => {
    let ring = await first()
    const kids = ring.keys.map(({ kid }) => kid)
    for (const alg of ['ES256', 'HS256'] as const) ring = (await rotate(ring, { alg, now: start, settings })).ring
    const known = async (when: number) => {
      const { keys } = (await renew(ring, { ...settings, rotateEvery: 1000 * day }, at(when))).ring
      return kids.filter((kid) => keys.some((key) => key.kid === kid)).map((kid) => kids.indexOf(kid))
    }
    const takeOver = 915
    expect(await known(takeOver + 615 + 14 * day - 1)).toEqual([0, 1, 2])
    expect(await known(takeOver + 615 + 14 * day)).toEqual([1, 2])
    expect(await known(takeOver + 15 + 90 * day - 1)).toEqual([1, 2])
    expect(await known(takeOver + 15 + 90 * day)).toEqual([1])
  })

  test('the ring stays small when it rotates faster than its notice', async () => {
    const hasty = { ...settings, rotateEvery: 60, jwksMaxAge: 20, longestLifetime: 60, sessionAbsolute: 120 }
    let ring = await first()
    for (let when = 0; when < hour; when += 10) ring = (await renew(ring, hasty, at(when))).ring
    expect(ring.keys.length).toBeLessThan(16)
  })
})

describe('raiseLives', () => {
  test('keys that may still sign stay for the longer life; it is never lowered', async () => {
    const { ring } = await rotate(await first(), { alg: 'ES256', now: start, settings })
    const longer = { ...settings, longestLifetime: 7200, refreshAbsolute: 400 * day }
    const raised = raiseLives(ring, longer, at(2000))
    expect(raised.keys.map(({ tokenLife }) => tokenLife)).toEqual([600, 7200, 400 * day, 7200])
    expect(raised.version).toBe(ring.version + 1)
    expect(raiseLives(raised, settings, at(2000))).toBe(raised)
  })
})
