import { createSecretKey, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { announcer } from '#core/logout/announce.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { digest } from '#core/oauth/random.ts'
import { openBrowserSessions } from '#core/sessions/browser-session.ts'
import type { SessionStore } from '#core/sessions/session-store.ts'
import { endings } from '#core/tokens/end.ts'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'
import { openMemoryStores } from '#stores/memory/open-memory-stores.ts'
import { aUser } from '#test/stores/durable/samples.ts'
import { testClock } from '#test/support/clock.ts'

const lives = { refreshAbsolute: 600, sessionAbsolute: 3600, longestLifetime: 600 }

type Fault = 'before' | 'after'

/** A browser with a session, whose renewal fails when a test says so, before or after it has happened. */
async function signedIn() {
  const clock = testClock()
  const durable = openMemoryDurableStores()
  const fast = openMemoryStores({ clock, sessionIdle: 600 })
  const user = aUser()
  await durable.users.begin(user)
  let fault: Fault | undefined
  const rotate: SessionStore['rotate'] = async (...given) => {
    if (fault === 'before') throw new Unavailable('before')
    const answer = await fast.sessions.rotate(...given)
    if (fault === 'after') throw new Unavailable('after')
    return answer
  }
  const macKey = { kid: 'mac', secret: createSecretKey(randomBytes(32)) }
  const sessions = openBrowserSessions({
    ...durable,
    ...fast,
    sessions: { ...fast.sessions, rotate },
    endings: endings({ ...durable, ...fast, announce: announcer(durable), clock, lives }),
    uses: { noteSession: () => {} },
    audit: { record: async () => {}, flush: async () => {} },
    ring: { macKey: () => macKey },
    clock,
    absolute: 3600,
    idle: 600,
  })
  const origin = { address: '127.0.0.1', agent: 'a browser', requestId: 'r' }
  const post = (cookie: string | undefined, form: string) =>
    sessions.begin(cookie, { user, amr: ['pwd'], origin, form })
  const { cookie } = await post(undefined, 'first')
  clock.move(60)
  return {
    clock,
    cookie,
    post,
    fail: (how: Fault | undefined) => {
      fault = how
    },
    /** Whether the session would come back from SQL under this cookie. */
    isKept: async (text: string) => {
      const [id = '', secret = ''] = text.split('.')
      return (await durable.facts.findSession(id))?.secretHash === digest(secret)
    },
    isLive: async (text: string) => (await sessions.find(text)) !== undefined,
  }
}

test('a renewal that fails in the fast store leaves the cookie that the browser keeps, in SQL too', async () => {
  const { clock, cookie, post, fail, isKept, isLive } = await signedIn()
  fail('before')
  await expect(post(cookie, 'second')).rejects.toThrow(Unavailable)
  expect([await isLive(cookie), await isKept(cookie)]).toEqual([true, true])
  fail(undefined)
  clock.move(1)
  const next = await post(cookie, 'second')
  expect([await isLive(next.cookie), await isKept(next.cookie)]).toEqual([true, true])
})

test('one whose answer was lost is found by the same posting, and SQL knows its cookie', async () => {
  const { clock, cookie, post, fail, isKept, isLive } = await signedIn()
  fail('after')
  await expect(post(cookie, 'second')).rejects.toThrow(Unavailable)
  fail(undefined)
  expect(await isLive(cookie)).toBe(false)
  clock.move(1)
  const { cookie: found } = await post(cookie, 'second')
  expect(found.split('.')[0]).toBe(cookie.split('.')[0])
  expect([await isLive(found), await isKept(found)]).toEqual([true, true])
})
