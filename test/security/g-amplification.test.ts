import { afterAll, expect, test } from 'vitest'
import { openFetcher } from '#idp/outbound/open-fetcher.ts'
import { openTurns } from '#idp/outbound/turns.ts'
import { testClock } from '#test/support/clock.ts'
import { anOutsideServer } from '#test/support/outside-servers.ts'

let status = 200
let cacheControl = ''
const server = await anOutsideServer((_, response) => {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': cacheControl })
    .end(String(server.requests.length))
})
afterAll(() => server.close())

const types = ['application/json']
const uri = `http://localhost:${server.port}/keys`
let seen = 0

/** How many requests the server has had since the last look. */
function visits(): number {
  const since = server.requests.length - seen
  seen = server.requests.length
  return since
}

function aFetcher() {
  const clock = testClock()
  return { clock, fetcher: openFetcher({ allow: ['localhost'], clock }) }
}

test('G13 ten thousand who ask for one document are one request', async () => {
  const { fetcher, clock } = aFetcher()
  const all = await Promise.all(Array.from({ length: 10_000 }, () => fetcher.get(uri, { types, newerThan: 30 })))
  expect(new Set(all.map(({ outcome }) => outcome))).toEqual(new Set(['fetched']))
  expect(visits()).toBe(1)
  for (let at = 0; at < 100; at++) await fetcher.get(uri, { types, newerThan: 30 })
  await fetcher.get(`${uri}#other`, { types })
  expect(visits()).toBe(0)
  clock.move(31)
  await fetcher.get(uri, { types })
  expect(visits()).toBe(0)
  await Promise.all(Array.from({ length: 100 }, () => fetcher.get(uri, { types, newerThan: 30 })))
  expect(visits()).toBe(1)
})

test('G13 a failure is remembered for half a minute, by those who want news too', async () => {
  const { fetcher, clock } = aFetcher()
  status = 500
  for (let at = 0; at < 50; at++) {
    expect((await fetcher.get(uri, { types, newerThan: 1 })).outcome).toBe('failed')
  }
  expect(visits()).toBe(1)
  clock.move(29)
  await fetcher.get(uri, { types })
  expect(visits()).toBe(0)
  status = 200
  clock.move(2)
  expect((await fetcher.get(uri, { types })).outcome).toBe('fetched')
  expect(visits()).toBe(1)
})

test('G13 a server decides how long its document lives, between a minute and an hour', async () => {
  for (const [header, least, most] of [
    ['max-age=0', 59, 61],
    ['no-store, max-age=3000', 59, 61],
    ['public, max-age=600', 599, 601],
    ['max-age="600"', 599, 601],
    ['max-age=999999999', 3599, 3601],
    ['s-maxage=5', 59, 61],
    ['', 59, 61],
  ] as const) {
    cacheControl = header
    const { fetcher, clock } = aFetcher()
    await fetcher.get(uri, { types })
    clock.move(least)
    await fetcher.get(uri, { types })
    expect(visits(), header).toBe(1)
    clock.move(most - least)
    await fetcher.get(uri, { types })
    expect(visits(), header).toBe(1)
  }
})

test('a document serves on for an hour while its server fails, and no longer', async () => {
  const { fetcher, clock } = aFetcher()
  const first = await fetcher.get(uri, { types })
  status = 503
  clock.move(1800)
  expect(await fetcher.get(uri, { types })).toEqual(first)
  expect(await fetcher.get(uri, { types, newerThan: 10 })).toEqual(first)
  clock.move(1801)
  expect((await fetcher.get(uri, { types })).outcome).toBe('failed')
  status = 200
  clock.move(31)
  expect((await fetcher.get(uri, { types })).outcome).toBe('fetched')
})

test('G13 what is remembered is bounded: the oldest is forgotten first', async () => {
  const fetcher = openFetcher({ allow: ['localhost'], clock: testClock(), memory: { entries: 3 } })
  for (const at of [0, 1, 2, 3]) await fetcher.get(`${uri}?${at}`, { types })
  visits()
  for (const at of [1, 2, 3]) await fetcher.get(`${uri}?${at}`, { types })
  expect(visits()).toBe(0)
  await fetcher.get(`${uri}?0`, { types })
  expect(visits()).toBe(1)
})

test('G13 no more than a few at once, in all and for one host; who comes too many is turned away', async () => {
  const turns = openTurns({ atOnce: 3, perHost: 2, waiting: 2 })
  const { signal } = new AbortController()
  const [one, two] = [await turns('a', signal), await turns('a', signal)]
  const third = turns('a', signal)
  const other = await turns('b', signal)
  const fourth = turns('c', signal)
  expect(await turns('d', signal)).toBe('full')
  if (typeof one === 'string' || typeof two === 'string' || typeof other === 'string') throw new Error('no turn')
  other()
  const c = await fourth
  expect(typeof c).toBe('function')
  one()
  one()
  expect(typeof (await third)).toBe('function')
  const late = new AbortController()
  const waiter = turns('a', late.signal)
  late.abort()
  expect(await waiter).toBe('late')
  expect(await turns('a', late.signal)).toBe('late')
})
