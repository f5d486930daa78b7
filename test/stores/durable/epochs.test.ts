import { expect, test } from 'vitest'
import { describeEach } from './implementations.ts'
import { noon, seconds } from './samples.ts'

describeEach('epochs', (open) => {
  test('a database says which one it is, the same to everybody and for ever', async () => {
    const { epochs } = await open()
    const names = await Promise.all(Array.from({ length: 10 }, () => epochs.installation()))
    expect(new Set(names).size).toBe(1)
    expect(names[0]).toMatch(/^[0-9a-f]{8}$/)
    expect(await (await open()).epochs.installation()).not.toBe(names[0])
  })

  test('there are 256 buckets, and each begins in epoch 1, whoever asks first', async () => {
    const { epochs } = await open()
    const lists = await Promise.all([noon, seconds(1), seconds(2)].map((now) => epochs.list(now)))
    for (const buckets of lists) {
      expect(buckets.map(({ bucket }) => bucket)).toEqual(Array.from({ length: 256 }, (_, bucket) => bucket))
      expect(buckets.every(({ epoch, writes }) => epoch === 1 && writes === 0)).toBe(true)
      expect(buckets).toEqual(lists[0])
    }
  })

  test('a claim moves the buckets that are where it thinks, and no other', async () => {
    const { epochs } = await open()
    await epochs.list(noon)
    expect(await epochs.claim([])).toEqual([])
    expect(await epochs.claim([{ bucket: 7, from: 1, to: 5 }])).toEqual([7])
    const moves = [
      { bucket: 7, from: 1, to: 6 },
      { bucket: 255, from: 1, to: 2 },
      { bucket: 0, from: 1, to: 3 },
      { bucket: 1, from: 2, to: 3 },
    ]
    expect([...(await epochs.claim(moves))].sort((one, other) => one - other)).toEqual([0, 255])
    const moved = (await epochs.list(noon)).filter(({ epoch }) => epoch !== 1)
    expect(moved.map(({ bucket, epoch }) => [bucket, epoch])).toEqual([
      [0, 3],
      [7, 5],
      [255, 2],
    ])
  })

  test('of 20 who move all buckets at once each bucket has one winner', async () => {
    const { epochs } = await open()
    const all = (await epochs.list(noon)).map(({ bucket }) => bucket)
    const claims = Array.from({ length: 20 }, (_, n) =>
      epochs.claim(all.map((bucket) => ({ bucket, from: 1, to: n + 2 }))),
    )
    const won = await Promise.all(claims)
    expect(won.flat().sort((one, other) => one - other)).toEqual(all)
    for (const { bucket, epoch } of await epochs.list(noon)) expect(won[epoch - 2]).toContain(bucket)
  })

  test('what is noted rises and never falls, under its own epoch alone', async () => {
    const { epochs } = await open()
    await epochs.list(noon)
    const bucket = 3
    const now = async () => (await epochs.list(seconds(99)))[bucket]
    const large = 2 ** 40
    await epochs.note([{ bucket, epoch: 1, writes: large, seenAt: seconds(5) }])
    await epochs.note([{ bucket, epoch: 1, writes: 6, seenAt: seconds(6) }])
    expect(await now()).toEqual({ bucket, epoch: 1, writes: large, seenAt: seconds(6) })
    await epochs.note([{ bucket, epoch: 1, writes: large + 1, seenAt: noon }])
    expect(await now()).toEqual({ bucket, epoch: 1, writes: large + 1, seenAt: seconds(6) })
    await epochs.note([{ bucket, epoch: 2, writes: large * 2, seenAt: seconds(9) }])
    expect(await now()).toEqual({ bucket, epoch: 1, writes: large + 1, seenAt: seconds(6) })
  })

  test('all buckets are noted at once', async () => {
    const { epochs } = await open()
    const noted = (await epochs.list(noon)).map((one) => ({ ...one, writes: one.bucket + 1, seenAt: seconds(1) }))
    await epochs.note(noted)
    expect(await epochs.list(noon)).toEqual(noted)
    await epochs.note([])
  })
})
