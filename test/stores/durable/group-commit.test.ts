import { expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { groupCommit } from '#stores/prisma/group-commit.ts'

const limits = { most: 100, waiting: 1000, lanes: 1, settle: 30_000 }

/** What the database says of a text that it cannot keep, or in another code, as Prisma tells it. */
function aRefusal(originalCode = '22021'): Error {
  const driverAdapterError = Object.assign(new Error('refused'), { cause: { originalCode } })
  const error = Object.assign(new Error('refused'), { code: 'P2010', meta: { driverAdapterError } })
  error.name = 'PrismaClientKnownRequestError'
  return new Unavailable('the database cannot answer', { cause: error })
}

/** Commits that are done when the test says so. */
function heldCommits() {
  const begun: { readonly items: readonly number[]; finish(): void }[] = []
  const commit = (items: readonly number[]) => {
    const { promise, resolve } = Promise.withResolvers<() => Promise<void>>()
    begun.push({ items, finish: () => resolve(async () => {}) })
    return promise
  }
  const turn = () => new Promise(setImmediate)
  return { begun, commit, turn, groups: () => begun.map(({ items }) => items) }
}

test('who is alone is committed at once; who comes meanwhile shares the next commit', async () => {
  const { begun, commit, turn, groups } = heldCommits()
  const keep = groupCommit(limits, commit)
  const kept = [1, 2, 3].map((item) => keep(item))
  expect(groups()).toEqual([[1]])
  begun[0]?.finish()
  await kept[0]
  await turn()
  expect(groups()).toEqual([[1], [2, 3]])
  begun[1]?.finish()
  await Promise.all(kept)
})

test('a commit that waits keeps nobody waiting while there is another lane', async () => {
  const { begun, commit, turn, groups } = heldCommits()
  const keep = groupCommit({ ...limits, lanes: 2, most: 2 }, commit)
  const kept = [1, 2, 3, 4, 5].map((item) => keep(item))
  begun[1]?.finish()
  await turn()
  expect(groups()).toEqual([[1], [2], [3, 4]])
  begun[2]?.finish()
  await turn()
  begun[3]?.finish()
  await Promise.all(kept.slice(1))
  begun[0]?.finish()
  await kept[0]
})

test('one that is refused fails alone', async () => {
  const groups: (readonly number[])[] = []
  const keep = groupCommit<number>(limits, async (items) => {
    groups.push(items)
    if (items.includes(3)) throw aRefusal()
    return async () => {}
  })
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map((item) => keep(item)))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect(groups).toEqual([[1], [2, 3, 4], [2], [3], [4]])
})

test('one that waits for a row fails alone, and the next commit does not wait for it', async () => {
  const groups: (readonly number[])[] = []
  const lock = Promise.withResolvers<void>()
  const keep = groupCommit<number>(limits, async (items) => {
    groups.push(items)
    if (items.length === 1 && items.includes(3)) await lock.promise
    if (items.includes(3)) throw aRefusal('55P03')
    return async () => {}
  })
  const kept = [1, 2, 3, 4].map((item) => keep(item))
  const locked = expect(kept[2]).rejects.toMatchObject({ name: 'Unavailable' })
  await Promise.all(kept.filter((_, at) => at !== 2))
  await keep(5)
  lock.resolve()
  await locked
  expect(groups).toEqual([[1], [2, 3, 4], [2], [3], [4], [5]])
})

test('one that waits for a row after the commit fails alone too', async () => {
  const keep = groupCommit<number>(limits, async (items) => async () => {
    if (items.includes(3)) throw aRefusal('55P03')
  })
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map((item) => keep(item)))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
})

test('a failure whose outcome is unknown is told to all of the group, and nothing is tried again', async () => {
  const groups: (readonly number[])[] = []
  const keep = groupCommit<number>(limits, async (items) => {
    groups.push(items)
    throw new Unavailable('the database cannot answer', { cause: new Error('connection lost') })
  })
  const outcomes = await Promise.allSettled([1, 2, 3].map((item) => keep(item)))
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
  expect(groups).toEqual([[1], [2, 3]])
})

test('each is told when what follows the commit is done; the next commit does not wait for it', async () => {
  const { promise: looked, resolve: look } = Promise.withResolvers<void>()
  const groups: (readonly number[])[] = []
  let told = 0
  const keep = groupCommit<number>(limits, async (items) => {
    groups.push(items)
    return () => (items.includes(1) ? looked : Promise.resolve())
  })
  const first = keep(1).then(() => told++)
  await keep(2)
  expect(told).toBe(0)
  look()
  await first
  expect(groups).toEqual([[1], [2]])
})

test('too many who wait are told at once', async () => {
  const { begun, commit, turn } = heldCommits()
  const keep = groupCommit({ ...limits, waiting: 2 }, commit)
  const kept = [1, 2, 3].map((item) => keep(item))
  await expect(keep(4)).rejects.toMatchObject({ name: 'Unavailable' })
  begun[0]?.finish()
  await turn()
  begun[1]?.finish()
  await Promise.all(kept)
})

test('who was told that it takes too long is not committed later', async () => {
  const { begun, commit, turn, groups } = heldCommits()
  const keep = groupCommit({ ...limits, settle: 20 }, commit)
  const outcomes = await Promise.allSettled([1, 2].map((item) => keep(item)))
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  begun[0]?.finish()
  await turn()
  expect(groups()).toEqual([[1]])
})

test('who waits too long for a commit is told that the store is away, and nothing else', async () => {
  const { commit } = heldCommits()
  const keep = groupCommit({ ...limits, settle: 20 }, commit)
  const kept = [1, 2].map((item) => keep(item))
  for (const one of kept) await expect(one).rejects.toBeInstanceOf(Unavailable)
})
