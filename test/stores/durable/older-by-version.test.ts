import { expect, test } from 'vitest'
import { describeEach } from './implementations.ts'
import { aFamily, anEnd, aSession, noon, seconds } from './samples.ts'

describeEach('what an end by version closes', (open) => {
  test.for([
    ['long before it', -3600],
    ['at the same instant', 10],
    ['a little later', 11],
  ] as const)('what copied the new version stays, also when the end is put again: begun %s', async ([, began]) => {
    const { facts } = await open()
    const ends = [
      anEnd({ kind: 'everything', id: '', version: 7, reason: 'revoked_by_operator' }),
      anEnd({ kind: 'user', id: 'usr_1', version: 5 }),
      anEnd({ kind: 'client', id: 'shop', version: 6 }),
    ]
    const createdAt = seconds(began)
    for (const end of ends) {
      const id = end.kind
      await facts.beginSession(aSession({ id: `old ${id}`, createdAt }))
      await facts.beginFamily(aFamily({ id: `old ${id}`, sessionId: undefined, createdAt }))
      await facts.put(end)
      const versions = { user: 5, client: 6, everything: 7 }
      await facts.beginSession(aSession({ id: `new ${id}`, createdAt, userVersion: 5, everythingVersion: 7 }))
      await facts.beginFamily(aFamily({ id: `new ${id}`, createdAt, versions }))
      await facts.put(end)
    }
    const news = ['new client', 'new everything', 'new user']
    const alive = (await facts.listSessions('usr_1', noon)).map((fact) => fact.id)
    // The end of a client ends no session.
    expect(alive.toSorted()).toEqual([...news, 'old client'])
    expect((await facts.listFamilies({}, noon)).map((fact) => fact.id).toSorted()).toEqual(news)
  })
})
