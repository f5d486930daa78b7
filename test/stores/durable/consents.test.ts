import { expect, test } from 'vitest'
import { describeEach } from './implementations.ts'
import { noon, seconds } from './samples.ts'

const consent = { userId: 'usr_1', clientId: 'shop', scopes: new Set(['openid', 'email']), givenAt: noon }

describeEach('consents', (open) => {
  test('a consent is remembered for one person and one client', async () => {
    const { consents } = await open()
    await consents.put(consent)
    expect(await consents.find('usr_1', 'shop')).toEqual(consent)
    expect(await consents.find('usr_2', 'shop')).toBeUndefined()
    expect(await consents.find('usr_1', 'other')).toBeUndefined()
    expect(await consents.find('shop', 'usr_1')).toBeUndefined()
  })

  test('what is allowed later is added to what was allowed before, under the later date', async () => {
    const { consents } = await open()
    await consents.put(consent)
    await consents.put({ ...consent, scopes: new Set(['openid', 'profile']), givenAt: seconds(5) })
    const both = { ...consent, scopes: new Set(['openid', 'email', 'profile']), givenAt: seconds(5) }
    expect(await consents.find('usr_1', 'shop')).toEqual(both)
    await consents.put({ ...consent, givenAt: seconds(4) })
    expect(await consents.list('usr_1')).toEqual([both])
  })

  test('what was withdrawn is not added to', async () => {
    const { consents } = await open()
    await consents.put(consent)
    await consents.end('usr_1', 'shop')
    const anew = { ...consent, scopes: new Set(['openid']), givenAt: seconds(5) }
    await consents.put(anew)
    expect(await consents.find('usr_1', 'shop')).toEqual(anew)
  })

  test.for(['new', 'old'])('of 20 given at once to a %s client none is lost', async (which) => {
    const { consents } = await open()
    const given = Array.from({ length: 20 }, (_, n) => ({
      ...consent,
      scopes: new Set([`s${n}`]),
      givenAt: seconds(n),
    }))
    if (which === 'old') await consents.put({ ...consent, scopes: new Set(['s0']) })
    await Promise.all(given.map((one) => consents.put(one)))
    const scopes = new Set(given.flatMap((one) => [...one.scopes]))
    expect(await consents.list('usr_1')).toEqual([{ ...consent, scopes, givenAt: seconds(19) }])
  })

  test('the list has that person alone, by client', async () => {
    const { consents } = await open()
    for (const clientId of ['b', 'B', 'a_b', 'a-b']) await consents.put({ ...consent, clientId })
    await consents.put({ ...consent, userId: 'usr_2' })
    expect((await consents.list('usr_1')).map((one) => one.clientId)).toEqual(['B', 'a-b', 'a_b', 'b'])
    expect(await consents.list('usr_3')).toEqual([])
  })

  test('a withdrawn consent is gone, and only that one', async () => {
    const { consents } = await open()
    await consents.put(consent)
    await consents.put({ ...consent, clientId: 'other' })
    expect(await consents.end('usr_1', 'shop')).toBe(true)
    expect(await consents.end('usr_1', 'shop')).toBe(false)
    expect((await consents.list('usr_1')).map((one) => one.clientId)).toEqual(['other'])
  })
})
