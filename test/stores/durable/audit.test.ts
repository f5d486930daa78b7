import { randomBytes, randomUUIDv7 } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeEach } from './implementations.ts'
import { anEvent, noon, seconds } from './samples.ts'

const id = (n: number) => `01999999-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

describeEach('the audit trail', (open) => {
  test('a line is read as it was written, every part of it', async () => {
    const { audit } = await open()
    const whole = anEvent({
      event: 'token.reused',
      outcome: 'failure',
      userId: 'usr_1',
      clientId: 'shop',
      sessionId: 's',
      familyId: 'f',
      address: '2001:db8::1',
      agent: 'Bröwser',
      requestId: 'r',
      details: { count: 3, share: 0.5, again: true, why: 'a “reason”' },
    })
    await audit.put([whole, anEvent({ id: id(2) })])
    expect(await audit.list({})).toEqual([whole, anEvent({ id: id(2) })])
  })

  test('the trail is read by id, the oldest first', async () => {
    const { audit } = await open()
    const ids = ['b', 'B', 'a-1', 'a1', 'é', '_', id(10), id(9)]
    await audit.put(ids.map((one) => anEvent({ id: one })))
    expect((await audit.list({})).map((event) => event.id)).toEqual([id(9), id(10), 'B', '_', 'a-1', 'a1', 'b', 'é'])
    expect((await audit.list({ after: 'a-1' })).map((event) => event.id)).toEqual(['a1', 'b', 'é'])
  })

  test('filters narrow it, each and together', async () => {
    const { audit } = await open()
    await audit.put([
      anEvent({ id: id(1), userId: 'a', clientId: 'x', at: noon }),
      anEvent({ id: id(2), userId: 'a', clientId: 'y', at: seconds(1) }),
      anEvent({ id: id(3), userId: 'b', clientId: 'x', at: seconds(2) }),
      anEvent({ id: id(4), at: seconds(3) }),
    ])
    const ids = async (filter: Parameters<typeof audit.list>[0]) =>
      (await audit.list(filter)).map((event) => Number(event.id.slice(-1)))
    expect(await ids({})).toEqual([1, 2, 3, 4])
    expect(await ids({ userId: 'a' })).toEqual([1, 2])
    expect(await ids({ clientId: 'x' })).toEqual([1, 3])
    expect(await ids({ userId: 'a', clientId: 'x' })).toEqual([1])
    expect(await ids({ since: seconds(1) })).toEqual([2, 3, 4])
    expect(await ids({ after: id(2) })).toEqual([3, 4])
    expect(await ids({ most: 2 })).toEqual([1, 2])
    expect(await ids({ most: 2, after: id(1), since: seconds(0.5) })).toEqual([2, 3])
    expect(await ids({ userId: 'nobody' })).toEqual([])
    expect(await ids({ userId: 'a\0' })).toEqual([])
  })

  test('a batch that is put twice, in whole or in part, is there once', async () => {
    const { audit } = await open()
    const batch = [1, 2, 3].map((n) => anEvent({ id: id(n) }))
    await audit.put(batch.slice(1, 2))
    await audit.put(batch)
    await audit.put(batch)
    expect(await audit.list({})).toEqual(batch)
    await audit.put([])
  })

  test('a batch of thousands is kept whole', async () => {
    const { audit } = await open()
    await audit.put(Array.from({ length: 3000 }, () => anEvent({ id: randomUUIDv7(), userId: 'many' })))
    expect(await audit.list({ userId: 'many' })).toHaveLength(3000)
  })

  test('no text from outside keeps its line, or its neighbours, out of the trail', async () => {
    const { audit } = await open()
    const hostile = ['\0', '\ud800', randomBytes(75_000).toString('base64'), '\'); DROP TABLE "AuditEvent"; --', '{{}}']
    const lines = hostile.map((text, n) =>
      anEvent({
        id: id(n),
        actor: text,
        userId: text,
        clientId: text,
        address: text,
        agent: text,
        details: { [`${n}${text}`]: text },
      }),
    )
    await audit.put([...lines, anEvent({ id: id(99) })])
    expect(await audit.list({})).toHaveLength(hostile.length + 1)
  })
})
