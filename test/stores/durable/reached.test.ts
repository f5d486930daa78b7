import { expect, test } from 'vitest'
import type { End } from '#core/tokens/fact-store.ts'
import { describeEach } from './implementations.ts'
import { aFamily, anEnd, aSession, noon, seconds } from './samples.ts'

describeEach('what an end reached', (open) => {
  test('the sessions of a person or of everybody, that are older by version and not over, page by page', async () => {
    const { facts } = await open()
    await facts.beginSession(aSession({ id: 'a' }))
    await facts.beginSession(aSession({ id: 'b', userId: 'usr_2' }))
    await facts.beginSession(aSession({ id: 'expired', expiresAt: seconds(10) }))
    await facts.beginSession(aSession({ id: 'slow clock', userVersion: 5, everythingVersion: 7 }))
    await facts.beginSession(aSession({ id: 'c', createdAt: seconds(11) }))
    await facts.beginSession(aSession({ id: 'long ago' }))
    await facts.put(anEnd({ kind: 'session', id: 'long ago', at: seconds(1) }))
    const page = { since: seconds(1), most: 10, after: undefined }
    const reached = async (end: Partial<End>, changes = {}) =>
      facts.listEnded(anEnd({ kind: 'user', id: 'usr_1', version: 5, ...end }), { ...page, ...changes })
    expect(await reached({})).toEqual(['a', 'c'])
    expect(await reached({ kind: 'everything', id: '', version: 7 })).toEqual(['a', 'b', 'c'])
    expect(await reached({ kind: 'everything', id: '', version: 7 }, { most: 2 })).toEqual(['a', 'b'])
    expect(await reached({ kind: 'everything', id: '', version: 7 }, { most: 2, after: 'b' })).toEqual(['c'])
    expect(await reached({}, { since: seconds(0.999) })).toEqual(['a', 'c', 'long ago'])
  })

  test('the same whether the sessions are closed already or not', async () => {
    const { facts } = await open()
    await facts.beginSession(aSession())
    const end = anEnd({ kind: 'user', id: 'usr_1', version: 3 })
    const page = { since: noon, most: 10, after: undefined }
    expect(await facts.listEnded(end, page)).toEqual(['session'])
    await facts.put(end)
    expect(await facts.listEnded(end, page)).toEqual(['session'])
    expect(await facts.listEnded({ ...end, at: seconds(20) }, page)).toEqual(['session'])
  })

  test('the clients of sessions, each once, whatever became of their families', async () => {
    const { facts } = await open()
    await facts.beginFamily(aFamily({ id: '1' }))
    await facts.beginFamily(aFamily({ id: '2' }))
    await facts.beginFamily(aFamily({ id: '3', clientId: 'news', sessionId: undefined }))
    await facts.beginFamily(aFamily({ id: '4', clientId: 'mail', sessionId: 'other', userId: 'usr_2' }))
    await facts.put(anEnd({ id: '3' }))
    const reached = async (...sids: string[]) =>
      (await facts.listReached(sids)).map(({ sid, userId, clientId }) => `${sid} ${userId} ${clientId}`).sort()
    expect(await reached('session')).toEqual(['session usr_1 news', 'session usr_1 shop'])
    expect(await reached('session', 'other', 'nobody', '\0')).toEqual([
      'other usr_2 mail',
      'session usr_1 news',
      'session usr_1 shop',
    ])
    expect(await reached()).toEqual([])
  })
})
