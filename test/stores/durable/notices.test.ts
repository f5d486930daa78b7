import { expect, test } from 'vitest'
import type { LogoutNotice, NoticeStore } from '#core/logout/notice-store.ts'
import { describeEach } from './implementations.ts'
import { aNotice, noon, seconds } from './samples.ts'

const everything = { most: 1000 }

describeEach('logout notices', (open) => {
  async function withNotices(
    ...given: Partial<LogoutNotice>[]
  ): Promise<NoticeStore & { purge(at: Date): Promise<void> }> {
    const { notices, purge } = await open()
    await notices.put(given.map(aNotice))
    return { ...notices, purge: (facts) => purge({ audit: noon, facts }) }
  }

  test('a notice is due from the end on, and is kept once', async () => {
    const notices = await withNotices({})
    await notices.put([aNotice({ userId: 'usr_2', at: seconds(5) }), aNotice({ clientId: 'news' })])
    expect(await notices.listDue(seconds(-0.001), 10, [])).toEqual([])
    expect(await notices.listDue(noon, 10, [])).toEqual([aNotice({ clientId: 'news' }), aNotice()])
    expect(await notices.count()).toEqual({ waiting: 2, oldest: noon })
  })

  test('the longest due come first, so many as are wanted, and none for clients that are left out', async () => {
    const dates = { a: 3, b: 1, c: 2 }
    const notices = await withNotices(...Object.entries(dates).map(([clientId, at]) => ({ clientId, at: seconds(at) })))
    const due = async (most: number, except: string[]) =>
      (await notices.listDue(seconds(10), most, except)).map(({ clientId }) => clientId)
    expect(await due(10, [])).toEqual(['b', 'c', 'a'])
    expect(await due(2, [])).toEqual(['b', 'c'])
    expect(await due(10, ['b', 'a'])).toEqual(['c'])
  })

  test('a claim counts the attempt and puts the next one off; what was seen before is not claimed any more', async () => {
    const notices = await withNotices({})
    expect(await notices.claim(aNotice(), seconds(5))).toBe(true)
    expect(await notices.claim(aNotice(), seconds(5))).toBe(false)
    expect(await notices.claim(aNotice({ sid: 'unknown' }), seconds(5))).toBe(false)
    expect(await notices.listDue(seconds(4.999), 10, [])).toEqual([])
    const again = aNotice({ attempts: 1, nextAt: seconds(5) })
    expect(await notices.listDue(seconds(5), 10, [])).toEqual([again])
    expect(await notices.claim(again, seconds(15))).toBe(true)
  })

  test('of 20 who claim one at once, one has it', async () => {
    const notices = await withNotices({})
    const claims = Array.from({ length: 20 }, () => notices.claim(aNotice(), seconds(5)))
    expect((await Promise.all(claims)).filter((won) => won)).toHaveLength(1)
    expect(await notices.list(everything)).toMatchObject([{ attempts: 1 }])
  })

  test('many who put the same at once keep it once, with the others beside it', async () => {
    const notices = await withNotices()
    const puts = Array.from({ length: 10 }, (_, n) => notices.put([aNotice(), aNotice({ clientId: `${n}` })]))
    await Promise.all(puts)
    expect(await notices.list(everything)).toHaveLength(11)
  })

  test('more than fit into one statement are kept', async () => {
    const notices = await withNotices()
    await notices.put(Array.from({ length: 1200 }, (_, n) => aNotice({ clientId: `${n}` })))
    expect(await notices.count()).toEqual({ waiting: 1200, oldest: noon })
  })

  test('what is delivered is not due, not failed, and stays so', async () => {
    const notices = await withNotices({})
    await notices.claim(aNotice(), seconds(5))
    await notices.end(aNotice(), { failure: 'status 500', isFinal: false })
    await notices.end(aNotice(), { deliveredAt: seconds(6) })
    await notices.end(aNotice(), { failure: 'status 500', isFinal: false })
    const delivered = aNotice({ attempts: 1, nextAt: undefined, deliveredAt: seconds(6) })
    expect(await notices.list(everything)).toEqual([delivered])
    expect(await notices.listDue(seconds(9999), 10, [])).toEqual([])
    expect(await notices.claim(delivered, seconds(9999))).toBe(false)
    expect(await notices.count()).toEqual({ waiting: 0, oldest: undefined })
  })

  test('what failed is due again, unless it is final', async () => {
    const notices = await withNotices({}, { clientId: 'news' })
    for (const [clientId, isFinal] of [
      ['shop', false],
      ['news', true],
    ] as const) {
      await notices.claim(aNotice({ clientId }), seconds(5))
      await notices.end({ sid: 'session', clientId }, { failure: 'status 400\0', isFinal })
    }
    expect(await notices.listDue(seconds(5), 10, [])).toMatchObject([{ clientId: 'shop' }])
    expect(await notices.list({ most: 10, failed: true })).toMatchObject([
      { clientId: 'news', nextAt: undefined, failure: expect.stringContaining('status 400') },
      { clientId: 'shop', nextAt: seconds(5), failure: expect.stringContaining('status 400') },
    ])
  })

  test('the newest are listed first, of one client or of those that failed', async () => {
    const notices = await withNotices({}, { sid: 'later', at: seconds(5) }, { clientId: 'news' })
    await notices.end(aNotice({ clientId: 'news' }), { failure: 'status 404', isFinal: false })
    const names = async (filter: Parameters<NoticeStore['list']>[0]) =>
      (await notices.list(filter)).map(({ sid, clientId }) => `${sid} ${clientId}`)
    expect(await names(everything)).toEqual(['later shop', 'session news', 'session shop'])
    expect(await names({ most: 1 })).toEqual(['later shop'])
    expect(await names({ most: 10, clientId: 'shop' })).toEqual(['later shop', 'session shop'])
    expect(await names({ most: 10, failed: true })).toEqual(['session news'])
    expect(await names({ most: 10, clientId: 'shop\0' })).toEqual([])
  })

  test('a purge takes those of ends that were long ago', async () => {
    const notices = await withNotices({}, { sid: 'later', at: seconds(5) })
    await notices.purge(seconds(5))
    expect(await notices.list(everything)).toMatchObject([{ sid: 'later' }])
  })
})
