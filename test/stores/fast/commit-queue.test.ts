import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { commitQueue } from '#stores/embedded/commit-queue.ts'
import { openDatabase } from '#stores/embedded/open-database.ts'
import { purgeExpired } from '#stores/embedded/purge-expired.ts'
import { sqliteTable } from '#stores/embedded/sqlite-table.ts'

const now = new Date('2026-01-01T00:00:00Z')
let directory: string
let file: string
let database: ReturnType<typeof openDatabase>

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signet-queue-'))
  file = join(directory, 'made', 'state.db')
  database = openDatabase(file)
})

afterEach(() => {
  database.close()
  rmSync(directory, { recursive: true, force: true })
})

function opened(patience?: number) {
  const { tableAt, purge } = sqliteTable(database)
  const table = tableAt(now)
  const queue = commitQueue(database, patience)
  const put =
    (id: string, text = '') =>
    () => {
      table.put('request', id, { record: { state: 'ended', clientId: text }, until: later(now, 60) })
      return id
    }
  return { table, tableAt, purge, queue, put }
}

test('the file syncs at every commit, and belongs to its owner alone', () => {
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700)
})

test('verbs of one turn share one commit', async () => {
  const { queue, put } = opened()
  const walPages = () => statSync(`${file}-wal`).size / 4096
  const before = walPages()
  const answers = await Promise.all(Array.from({ length: 100 }, () => queue.run(put('one'))))
  expect(answers).toEqual(Array(100).fill('one'))
  expect(walPages() - before).toBeLessThan(20)
})

test('a verb that throws is undone alone', async () => {
  const { table, queue, put } = opened()
  const bug = new TypeError('a bug')
  const broken = () => {
    put('broken')()
    throw bug
  }
  const results = await Promise.allSettled([queue.run(put('before')), queue.run(broken), queue.run(put('after'))])
  expect(results).toEqual([
    { status: 'fulfilled', value: 'before' },
    { status: 'rejected', reason: bug },
    { status: 'fulfilled', value: 'after' },
  ])
  expect(['before', 'broken', 'after'].map((id) => table.get('request', id) !== undefined)).toEqual([true, false, true])
})

test('nothing is answered before it is committed', async () => {
  const { queue, put } = opened()
  const other = openDatabase(file)
  await queue.run(put('one'))
  expect(sqliteTable(other).tableAt(now).get('request', 'one')).toBeDefined()
  other.close()
})

test('while another process writes, verbs wait and the event loop goes on; afterwards they are done', async () => {
  const { table, queue, put } = opened()
  const other = openDatabase(file)
  other.exec('BEGIN IMMEDIATE')
  const answer = queue.run(put('one'))
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(table.get('request', 'one')).toBeUndefined()
  other.exec('ROLLBACK')
  other.close()
  expect(await answer).toBe('one')
  expect(table.get('request', 'one')).toBeDefined()
})

test('a lock that is held too long is an outage, and the next verb succeeds', async () => {
  const { queue, put } = opened(50)
  const other = openDatabase(file)
  other.exec('BEGIN IMMEDIATE')
  const results = await Promise.allSettled([queue.run(put('one')), queue.run(put('two'))])
  expect(results.map((it) => it.status === 'rejected' && it.reason instanceof Unavailable)).toEqual([true, true])
  await expect(queue.run(() => 'a verb that changes nothing')).rejects.toBeInstanceOf(Unavailable)
  other.exec('ROLLBACK')
  other.close()
  expect(await queue.run(put('three'))).toBe('three')
})

test('a full disk is an outage, not a loss', async () => {
  const { table, queue, put } = opened()
  await queue.run(put('small'))
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() ?? {}
  database.exec(`PRAGMA max_page_count = ${pages}`)
  await expect(queue.run(put('big', 'x'.repeat(1_000_000)))).rejects.toBeInstanceOf(Unavailable)
  expect(table.get('request', 'small')).toBeDefined()
  expect(table.get('request', 'big')).toBeUndefined()
  database.exec('PRAGMA max_page_count = 1000000')
  expect(await queue.run(put('big', 'x'.repeat(1_000_000)))).toBe('big')
})

test('after the end nothing is taken, and what was taken before is done', async () => {
  const { table, queue, put } = opened()
  const last = queue.run(put('last'))
  await queue.end()
  expect(table.get('request', 'last')).toBeDefined()
  expect(await last).toBe('last')
  await expect(queue.run(put('late'))).rejects.toBeInstanceOf(Unavailable)
})

test('the purge takes what is over, oldest first, in small batches, and nothing else', async () => {
  const { tableAt, purge, queue } = opened()
  const table = tableAt(now)
  const fill = () => {
    for (let at = 0; at < 450; at++) table.put('user', `old-${at}`, { record: 1, until: later(now, at) })
    table.put('user', 'young', { record: 1, until: later(now, 1000) })
  }
  await queue.run(fill)
  const batches: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const batch = async (most: number) => {
    const deleted = await queue.run(() => purge(tableAt(later(now, 449)), most))
    batches.push(deleted)
    if (deleted < most) resolve()
    return deleted
  }
  const stop = purgeExpired(batch, 0)
  await promise
  stop()
  expect(batches).toEqual([200, 200, 50])
  expect(database.prepare('SELECT id FROM records').all()).toEqual([{ id: 'young' }])
})

test('a state file that is none is named in the error', () => {
  expect(() => openDatabase(import.meta.filename)).toThrow(/commit-queue\.test\.ts cannot be opened/)
})
