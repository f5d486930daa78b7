import { expect, test } from 'vitest'
import { describeEach } from './implementations.ts'
import { anInitialToken, noon, seconds } from './samples.ts'

describeEach('initial tokens', (open) => {
  test('are found by their digest and by their id, as they were begun', async () => {
    const { initialTokens } = await open()
    const plain = anInitialToken()
    const wide = anInitialToken({
      id: 'reg_2',
      hash: 'other',
      uses: 7,
      scopes: new Set(['openid', 'notes:read']),
      clientCredentials: true,
      createdAt: seconds(1),
    })
    await initialTokens.begin(plain)
    await initialTokens.begin(wide)
    expect(await initialTokens.find('hash')).toEqual(plain)
    expect(await initialTokens.find('other')).toEqual(wide)
    expect(await initialTokens.find('reg_1')).toBeUndefined()
    expect(await initialTokens.findById('reg_2')).toEqual(wide)
    for (const id of ['reg_3', 'hash', '\0']) expect(await initialTokens.findById(id)).toBeUndefined()
    expect(await initialTokens.list()).toEqual([wide, plain])
  })

  test('of 20 claims at once as many win as uses are left', async () => {
    const { initialTokens } = await open()
    await initialTokens.begin(anInitialToken({ uses: 7 }))
    const claims = Array.from({ length: 20 }, () => initialTokens.claim('reg_1', noon))
    expect((await Promise.all(claims)).filter((outcome) => outcome === 'claimed')).toHaveLength(7)
    expect(await initialTokens.find('hash')).toEqual(anInitialToken({ uses: 0 }))
  })

  test('are over at the second of their expiry', async () => {
    const { initialTokens } = await open()
    await initialTokens.begin(anInitialToken({ uses: 2 }))
    expect(await initialTokens.claim('reg_1', seconds(59.999))).toBe('claimed')
    expect(await initialTokens.claim('reg_1', seconds(60))).toBe('refused')
  })

  test('are worth nothing once they are revoked', async () => {
    const { initialTokens } = await open()
    await initialTokens.begin(anInitialToken())
    expect(await initialTokens.revoke('reg_1')).toBe(true)
    expect(await initialTokens.revoke('reg_1')).toBe(false)
    expect(await initialTokens.revoke('\0')).toBe(false)
    expect(await initialTokens.find('hash')).toBeUndefined()
    expect(await initialTokens.claim('reg_1', noon)).toBe('refused')
  })

  test('go with what is over', async () => {
    const { initialTokens, purge } = await open()
    await initialTokens.begin(anInitialToken())
    await initialTokens.begin(anInitialToken({ id: 'reg_2', hash: 'other', expiresAt: seconds(59) }))
    await purge({ audit: noon, facts: seconds(60) })
    expect((await initialTokens.list()).map(({ id }) => id)).toEqual(['reg_1'])
  })
})
