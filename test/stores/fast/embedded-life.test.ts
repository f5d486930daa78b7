import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { announcer } from '#core/logout/announce.ts'
import { digest } from '#core/oauth/random.ts'
import { endings } from '#core/tokens/end.ts'
import { forgetLive, openEmbeddedStores } from '#stores/embedded/open-embedded-stores.ts'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'
import type { FastStores } from '#stores/stores.ts'
import { type TestClock, testClock } from '#test/support/clock.ts'
import { aCode, aFamily, aRequest, aRevocable, aSession, here } from './samples.ts'

const rules = { idle: 100_000, grace: 30 }
const secret = digest('secret')
let directory: string
let file: string
let clock: TestClock
let durable: ReturnType<typeof openMemoryDurableStores>

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signet-life-'))
  file = join(directory, 'state.db')
  clock = testClock()
  durable = openMemoryDurableStores()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const settings = () => ({ file, clock, sessionIdle: 100_000, memory: durable })
const open = () => openEmbeddedStores(settings())
const forget = () => {
  for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
}
const lives = { refreshAbsolute: 9000, sessionAbsolute: 9000, longestLifetime: 600 }
const endingsOver = (stores: FastStores) =>
  endings({ ...stores, facts: durable.facts, announce: announcer(durable), clock, lives })

/** A family and how it is rotated, over stores that come and go. */
function aLife() {
  const family = aFamily(clock.now())
  const rotate = async (stores: FastStores, generation: number) => {
    const presented = { familyId: family.id, generation, macKid: family.macKid, from: 'here' }
    return (await stores.families.rotate(presented, undefined, rules)).outcome
  }
  return { family, rotate }
}

/** Closes, lets time go by while nothing runs, and opens again. */
async function restart(stores: FastStores, seconds: number): Promise<FastStores> {
  await stores.close()
  clock.move(seconds)
  return open()
}

test('a restart does not count towards the grace: it starts anew when the store is back', async () => {
  const { family, rotate } = aLife()
  let stores = await open()
  await stores.families.begin(family)
  clock.move(3600)
  expect(await rotate(stores, 1)).toBe('rotated')
  clock.move(20)
  stores = await restart(stores, 600)
  expect(await rotate(stores, 1)).toBe('repeated')
  clock.move(29)
  expect(await rotate(stores, 1)).toBe('repeated')
  clock.move(1)
  expect(await rotate(stores, 1)).toBe('reused')
  await stores.close()
})

test('two restarts in a row are one outage, whatever was done between them', async () => {
  const [{ family, rotate }, other] = [aLife(), aLife()]
  let stores = await open()
  for (const each of [family, other.family]) await stores.families.begin(each)
  clock.move(3600)
  await rotate(stores, 1)
  stores = await restart(stores, 60)
  clock.move(20)
  await other.rotate(stores, 1)
  stores = await restart(stores, 60)
  expect(await rotate(stores, 1)).toBe('repeated')
  await stores.close()
})

test.for([
  ['a restart of a moment', 29, 2],
  ['a restart after the window had closed', 31, 600],
] as const)('%s opens no window again', async ([, before, away]) => {
  const { family, rotate } = aLife()
  let stores = await open()
  await stores.families.begin(family)
  clock.move(3600)
  await rotate(stores, 1)
  clock.move(before)
  stores = await restart(stores, away)
  expect(await rotate(stores, 1)).toBe('reused')
  await stores.close()
})

test.for([
  [20, 'repeated'],
  [31, 'reused'],
] as const)('a death without a word after %i seconds is dated by the last write', async ([lived, outcome]) => {
  const { family, rotate } = aLife()
  const dead = await open()
  await dead.families.begin(family)
  clock.move(3600)
  await rotate(dead, 1)
  clock.move(lived)
  await dead.revocations.add({ kind: 'token', jti: 'any write', until: later(clock.now(), 60) })
  clock.move(600)
  const stores = await open()
  expect(await rotate(stores, 1)).toBe(outcome)
  await Promise.all([dead.close(), stores.close()])
})

test('a deleted file knows every end before its first answer, and revives nothing', async () => {
  const { family } = aLife()
  const session = aSession(clock.now())
  let stores = await open()
  const ends = endingsOver(stores)
  await ends.family(family.id, 'revoked_by_client')
  await ends.session(session.id, 'signed_out')
  await ends.token('jti-1', later(clock.now(), 600), 'revoked_by_client')
  await ends.user({ id: 'user-1', tokenVersion: 4 }, 'user_disabled')
  await ends.everything('revoked_by_operator')
  await stores.close()
  forget()

  stores = await open()
  const alive = aRevocable({ versions: { user: 9, client: 9, everything: 9 } })
  const has = (changes: Partial<typeof alive>) => stores.revocations.has({ ...alive, ...changes })
  expect(await has({})).toBe(false)
  expect(await has({ jti: 'jti-1' })).toBe(true)
  expect(await has({ sessionId: session.id })).toBe(true)
  expect(await has({ userId: 'user-1', versions: { user: 3, client: 9, everything: 9 } })).toBe(true)
  expect(await has({ versions: { user: 9, client: 9, everything: 0 } })).toBe(true)
  expect(await stores.families.recover({ family, generation: 3, rotatedAt: clock.now() })).toBe('known')
  expect(await stores.sessions.recover(session, secret)).toBe('known')
  expect(await stores.families.find(family.id)).toBeUndefined()
  await stores.close()
})

test('an older copy of the file is not believed: what lived is lost, what ended since has ended', async () => {
  const [used, revoked] = [aLife(), aLife()]
  let stores = await open()
  await stores.families.begin(used.family)
  await stores.families.begin(revoked.family)
  stores = await restart(stores, 10)
  await stores.close()
  copyFileSync(file, `${file}.yesterday`)

  stores = await open()
  clock.move(3600)
  expect(await used.rotate(stores, 1)).toBe('rotated')
  await endingsOver(stores).family(revoked.family.id, 'revoked_by_client')
  await stores.close()
  forget()
  copyFileSync(`${file}.yesterday`, file)

  stores = await open()
  expect(await stores.families.find(used.family.id)).toBe('lost')
  expect(await stores.families.find(revoked.family.id)).toBeUndefined()
  expect(await used.rotate(stores, 1)).toBe('lost')
  stores = await restart(stores, 60)
  expect(await stores.families.recover({ family: used.family, generation: 2, rotatedAt: clock.now() })).toBe(
    'recovered',
  )
  stores = await restart(stores, 60)
  expect(here(await stores.families.find(used.family.id)).generation).toBe(2)
  await stores.close()
})

test('a file of an older version, which says nothing of itself, is believed', async () => {
  const { family } = aLife()
  const { memory: _memory, ...old } = settings()
  const before = await openEmbeddedStores(old)
  await before.families.begin(family)
  await before.close()
  const stores = await open()
  expect(here(await stores.families.find(family.id)).generation).toBe(1)
  await stores.close()
})

test('more ends than one page are all applied', async () => {
  const until = later(clock.now(), 600)
  const ids = Array.from({ length: 1203 }, (_, at) => `jti-${at}`)
  const end = { kind: 'token', version: undefined, reason: 'revoked_by_client', at: clock.now(), until } as const
  for (const id of ids) await durable.facts.put({ ...end, id })
  const stores = await open()
  const marked = await Promise.all(ids.map((jti) => stores.revocations.has(aRevocable({ jti }))))
  expect(marked).not.toContain(false)
  await stores.close()
})

test('after a restored database all that lives is forgotten, and all that ended or was spent is not', async () => {
  const { family } = aLife()
  const [request, session, gone] = [aRequest(clock.now()), aSession(clock.now()), aSession(clock.now())]
  let stores = await open()
  await stores.families.begin(family)
  await stores.sessions.begin(session, secret)
  await stores.sessions.end(gone.id, gone.expiresAt)
  await stores.requests.begin(request)
  for (const hash of ['fresh', 'spent']) await stores.codes.put(hash, aCode(clock.now()))
  await stores.codes.claim('spent')
  await stores.close()
  await forgetLive(settings())

  stores = await open()
  expect(await stores.families.find(family.id)).toBe('lost')
  expect(await stores.sessions.find(session.id, secret)).toBe('lost')
  expect(await stores.sessions.find(gone.id, secret)).toBeUndefined()
  expect(await stores.requests.find(request.id)).toBeUndefined()
  expect(await stores.codes.claim('fresh')).toEqual({ outcome: 'refused' })
  expect(await stores.codes.claim('spent')).toMatchObject({ outcome: 'replayed' })
  await stores.close()
})

test('where SQL cannot say what has ended, a new file is not opened', async () => {
  const listEnds = () => Promise.reject(new Error('away'))
  const opening = openEmbeddedStores({ ...settings(), memory: { ...durable, facts: { listEnds } } })
  await expect(opening).rejects.toThrow('away')
  await (await open()).close()
})
