import { expect, test } from 'vitest'
import { testClock } from '#test/support/clock.ts'
import { describeEach } from './implementations.ts'
import { aRequest } from './samples.ts'

describeEach('authorization requests', (open) => {
  async function begun(changes = {}) {
    const clock = testClock()
    const { requests } = await open({ clock, sessionIdle: 600 })
    const request = aRequest(clock.now(), changes)
    await requests.begin(request)
    return { clock, requests, request, id: request.id }
  }

  test('a request is found as it was read, to the last character', async () => {
    const { requests, request, id } = await begun()
    expect(await requests.find(id)).toEqual({ state: 'open', request })
    expect(await requests.find(`${id}x`)).toBeUndefined()
  })

  test('a request that comes with a browser and a session keeps them', async () => {
    const { requests, request, id } = await begun({ browserHash: 'b', chosenSessionId: 's' })
    expect(await requests.find(id)).toEqual({ state: 'open', request })
  })

  test('it belongs to the first browser', async () => {
    const { requests, request, id } = await begun()
    expect(await requests.claim(id, 'first')).toBe(true)
    expect(await requests.claim(id, 'first')).toBe(true)
    expect(await requests.claim(id, 'other')).toBe(false)
    expect(await requests.find(id)).toEqual({ state: 'open', request: { ...request, browserHash: 'first' } })
    expect(await requests.claim('unknown', 'first')).toBe(false)
  })

  test('of 50 browsers at once one gets it', async () => {
    const { requests, id } = await begun()
    const claims = await Promise.all(
      Array.from({ length: 50 }, (_, browser) => requests.claim(id, `browser-${browser}`)),
    )
    expect(claims.filter(Boolean)).toHaveLength(1)
  })

  test('the session that the person chose is noted beside the browser', async () => {
    const { requests, request, id } = await begun()
    await requests.claim(id, 'b')
    await requests.put(id, 'session-2')
    const changed = { ...request, browserHash: 'b', chosenSessionId: 'session-2' }
    expect(await requests.find(id)).toEqual({ state: 'open', request: changed })
  })

  test('it ends once, and only its client is remembered', async () => {
    const { requests, request, id } = await begun()
    expect((await Promise.all(Array.from({ length: 50 }, () => requests.end(id)))).filter(Boolean)).toHaveLength(1)
    expect(await requests.find(id)).toEqual({ state: 'ended', clientId: request.clientId })
    expect(await requests.claim(id, 'b')).toBe(false)
    await requests.put(id, 'session-2')
    expect(await requests.find(id)).toEqual({ state: 'ended', clientId: request.clientId })
    expect(await requests.end('unknown')).toBe(false)
    await requests.put('unknown', 'session-2')
    expect(await requests.find('unknown')).toBeUndefined()
  })

  test('an open request is gone when its time is over', async () => {
    const { clock, requests, id } = await begun()
    clock.move(595)
    expect(await requests.claim(id, 'b')).toBe(true)
    clock.move(5)
    expect(await requests.find(id)).toBeUndefined()
    expect(await requests.claim(id, 'b')).toBe(false)
    expect(await requests.end(id)).toBe(false)
  })

  test('the note of an ended one is gone at the same time', async () => {
    const { clock, requests, id } = await begun()
    await requests.end(id)
    clock.move(595)
    expect(await requests.find(id)).toMatchObject({ state: 'ended' })
    clock.move(5)
    expect(await requests.find(id)).toBeUndefined()
  })
})
