import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { digest } from '#core/oauth/random.ts'
import { recoverSession } from '#core/sessions/recover-session.ts'
import type { SessionFact } from '#core/tokens/fact-store.ts'
import { memoryFacts } from '#stores/memory/durable-facts.ts'
import { openMemoryStores } from '#stores/memory/open-memory-stores.ts'
import { aSession } from '#test/stores/fast/samples.ts'
import { testClock } from '#test/support/clock.ts'

const secretHash = digest('secret')
const idle = 600

async function opened(changes: Partial<SessionFact> = {}) {
  const clock = testClock()
  const facts = memoryFacts()
  const { sessions } = openMemoryStores({ clock, sessionIdle: idle })
  const session = aSession(later(clock.now(), -1000), { lastUsedAt: later(clock.now(), -100) })
  const rest = { secretHash, address: '127.0.0.1', agent: 'a browser', endedAt: undefined, endReason: undefined }
  await facts.beginSession({ ...session, ...rest, ...changes })
  const recover = (hash = secretHash) => recoverSession({ sessions, facts, clock, idle }, session.id, hash)
  const find = (hash = secretHash) => sessions.find(session.id, hash)
  return { clock, session, recover, find }
}

test('a session comes back under its secret, as SQL remembers it', async () => {
  const { clock, session, recover, find } = await opened()
  expect(await recover()).toBe(true)
  const found = await find()
  expect(found).toEqual({ ...session, lastUsedAt: expect.any(Date) })
  expect(await recover()).toBe(true)
  clock.move(idle)
  expect(await find()).toBeUndefined()
})

test.for([
  ['one that has ended', { endedAt: new Date(), endReason: 'signed_out' }],
  ['one that has expired', { expiresAt: new Date(Date.now() - 1000) }],
  ['one that was idle too long', { lastUsedAt: new Date(Date.now() - 601_000) }],
  ['one whose fact an older version wrote', { secretHash: '' }],
  ['one with another secret', { secretHash: digest('another') }],
] as const)('%s does not come back', async ([, changes]) => {
  const { recover, find } = await opened(changes)
  expect(await recover()).toBe(false)
  expect(await recover('')).toBe(false)
  expect(await find()).toBe('lost')
})

test('a cookie that was renewed since does not bring it back', async () => {
  const { recover, find } = await opened()
  expect(await recover(digest('old'))).toBe(false)
  expect(await find()).toBe('lost')
})
