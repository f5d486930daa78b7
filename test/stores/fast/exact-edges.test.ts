import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { digest } from '#core/oauth/random.ts'
import { describeEach, embedded, memory } from './implementations.ts'
import { aCode, aFamily, aRequest, aRevocable, aSession } from './samples.ts'

const start = new Date('2026-01-01T00:00:00.000Z')
const end = later(start, 60)
const idleSession = aSession(start, { expiresAt: later(start, 900) })

/** Redis reads a clock that nobody can stop; its edges are tested with a second to spare, beside the others. */
describeEach(
  'exact edges',
  (open) => {
    test('whatever is kept is there a millisecond before its date and gone at it', async () => {
      let now = start
      const clock = { now: () => now, offset: 0 }
      const { attempts, codes, families, requests, revocations, sessions } = await open({
        clock,
        sessionIdle: 60,
      })
      const request = aRequest(start, { expiresAt: end })
      const family = aFamily(start, { expiresAt: end })
      const secret = digest('s')
      const token = aRevocable()
      const limit = { key: 'k', most: 1, window: 60 }

      await requests.begin(request)
      await codes.put('code', aCode(start, { expiresAt: end }))
      await sessions.begin(idleSession, secret)
      await families.begin(family)
      await revocations.add({ kind: 'token', jti: String(token.jti), until: end })
      await attempts.claim([limit])

      const looks = async () => [
        await requests.find(request.id),
        await codes.find('code'),
        await families.find(family.id),
        (await revocations.has(token)) || undefined,
        (await attempts.claim([limit])).outcome === 'full' || undefined,
        await sessions.find(idleSession.id, secret),
      ]
      now = later(end, -0.001)
      const before = await looks()
      expect(before.filter((found) => found === undefined || found === 'lost')).toEqual([])
      now = end
      expect(await looks()).toEqual([undefined, undefined, 'lost', undefined, undefined, undefined])
    })
  },
  [memory, embedded],
)
