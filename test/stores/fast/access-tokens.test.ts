import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { testClock } from '#test/support/clock.ts'
import { describeEach } from './implementations.ts'
import { anAccessToken } from './samples.ts'

describeEach('opaque access tokens', (open) => {
  test('a token is found by its digest, as it was put, until it expires', async () => {
    const clock = testClock()
    const { accessTokens } = await open({ clock, sessionIdle: 600 })
    const token = anAccessToken(clock.now())
    await accessTokens.put('hash', token)
    expect(await accessTokens.find('hash')).toEqual(token)
    expect(await accessTokens.find('Hash')).toBeUndefined()
    clock.move(595)
    expect(await accessTokens.find('hash')).toEqual(token)
    clock.move(5)
    expect(await accessTokens.find('hash')).toBeUndefined()
  })

  test('every optional part survives', async () => {
    const clock = testClock()
    const { accessTokens } = await open({ clock, sessionIdle: 600 })
    const parts = { authTime: later(clock.now(), -60), acr: '1', amr: ['pwd'], sid: 's', familyId: 'f' }
    const token = anAccessToken(clock.now(), parts)
    await accessTokens.put('whole', token)
    expect(await accessTokens.find('whole')).toEqual(token)
  })

  test('a clock in another decade is no trouble', async () => {
    for (const start of ['2001-01-01T00:00:00Z', '2090-01-01T00:00:00Z']) {
      const clock = testClock(new Date(start))
      const { accessTokens } = await open({ clock, sessionIdle: 600 })
      await accessTokens.put(start, anAccessToken(clock.now()))
      expect(await accessTokens.find(start)).toBeDefined()
      clock.move(600)
      expect(await accessTokens.find(start)).toBeUndefined()
    }
  })
})
