import { expect, test } from 'vitest'
import { describeEach } from './implementations.ts'
import { aClient, seconds } from './samples.ts'

/** A client that registered itself so many seconds after noon. */
function registered(id: string, at: number) {
  return aClient({ id, registration: { tokenHash: 'h', by: 'open', at: seconds(at) } })
}

describeEach('clients that registered themselves', (open) => {
  test('are counted while they are there; others are not', async () => {
    const { clients, dynamicClients } = await open()
    await clients.begin(aClient())
    expect(await dynamicClients.count()).toBe(0)
    await clients.begin(registered('a', 0))
    await clients.begin(registered('b', 0))
    expect(await clients.begin(registered('b', 0))).toBe('taken')
    expect(await dynamicClients.count()).toBe(2)
    await clients.end('a')
    expect(await dynamicClients.count()).toBe(1)
    expect(await clients.find('b')).toEqual(registered('b', 0))
  })

  test('are unused since their birth or their last use, whatever comes late', async () => {
    const { clients, dynamicClients } = await open()
    for (const [id, at] of [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ] as const)
      await clients.begin(registered(id, at))
    expect(await dynamicClients.listUnused(seconds(2), 9)).toEqual(['a', 'b'])
    expect(await dynamicClients.listUnused(seconds(9), 2)).toEqual(['a', 'b'])
    await dynamicClients.noteUse('a', seconds(5))
    await dynamicClients.noteUse('a', seconds(4))
    await dynamicClients.noteUse('nobody', seconds(4))
    expect(await dynamicClients.listUnused(seconds(5), 9)).toEqual(['b', 'c'])
    expect(await dynamicClients.listUnused(seconds(6), 9)).toEqual(['b', 'c', 'a'])
  })
})
