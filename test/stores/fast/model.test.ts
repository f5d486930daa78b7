import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import { openMemoryStores } from '#stores/memory/open-memory-stores.ts'
import type { FastStores } from '#stores/stores.ts'
import { testClock } from '#test/support/clock.ts'
import { describeEach, embedded, redis } from './implementations.ts'
import { aCode, aFamily, aRequest, aRevocable, aSession } from './samples.ts'

/** One verb with everything it is told but the run's own names and time. */
type Command = (stores: FastStores, run: Run) => Promise<unknown>
type Run = { readonly name: string; readonly start: Date; readonly now: Date }

/** Time moves in tens of seconds and everything ends on a five: no command comes near an edge. */
const step = 10
const seconds = fc.integer({ min: 0, max: 12 }).map((tens) => tens * step + step / 2)
const id = fc.constantFrom('a', 'b')
const version = fc.integer({ min: 0, max: 5 })
const generation = fc.integer({ min: 0, max: 4 })
const kid = fc.constantFrom('mac-1', 'mac-1', 'mac-1', 'mac-0')
const secret = fc.constantFrom('secret-1', 'secret-2')
const scopes = fc.option(
  fc.subarray(['openid', 'api:read', 'admin']).map((names) => new Set(names)),
  { nil: undefined },
)
const rules = { idle: 75, grace: 25 }

const commands: readonly fc.Arbitrary<Command>[] = [
  fc.tuple(id, seconds).map(
    ([key, life]) =>
      ({ requests }, { name, start, now }) =>
        requests.begin(aRequest(start, { id: name + key, expiresAt: later(now, life) })),
  ),
  id.map(
    (key) =>
      ({ requests }, { name }) =>
        requests.find(name + key),
  ),
  fc.tuple(id, secret).map(
    ([key, browser]) =>
      ({ requests }, { name }) =>
        requests.claim(name + key, browser),
  ),
  fc.tuple(id, secret).map(
    ([key, session]) =>
      ({ requests }, { name }) =>
        requests.put(name + key, session),
  ),
  id.map(
    (key) =>
      ({ requests }, { name }) =>
        requests.end(name + key),
  ),

  fc.tuple(id, seconds, seconds).map(
    ([key, life, longer]) =>
      ({ codes }, { name, start, now }) =>
        codes.put(
          name + key,
          aCode(start, { familyId: key, expiresAt: later(now, life), sessionExpiresAt: later(now, longer) }),
        ),
  ),
  id.map(
    (key) =>
      ({ codes }, { name }) =>
        codes.find(name + key),
  ),
  id.map(
    (key) =>
      ({ codes }, { name }) =>
        codes.claim(name + key),
  ),

  fc.tuple(id, secret, seconds).map(
    ([key, hash, life]) =>
      ({ sessions }, { name, start, now }) =>
        sessions.begin(aSession(start, { id: name + key, lastUsedAt: now, expiresAt: later(now, life) }), hash),
  ),
  fc.tuple(id, secret).map(
    ([key, hash]) =>
      ({ sessions }, { name }) =>
        sessions.find(name + key, hash),
  ),
  fc.tuple(id, secret, secret).map(
    ([key, secretHash, nextSecretHash]) =>
      ({ sessions }, { name, now }) =>
        sessions.rotate(name + key, { secretHash, nextSecretHash, authTime: now, amr: ['otp'] }),
  ),
  fc.tuple(id, seconds).map(
    ([key, life]) =>
      ({ sessions }, { name, now }) =>
        sessions.end(name + key, later(now, life)),
  ),
  fc.tuple(id, secret, seconds).map(
    ([key, hash, life]) =>
      ({ sessions }, { name, start, now }) =>
        sessions.recover(aSession(start, { id: name + key, lastUsedAt: now, expiresAt: later(now, life) }), hash),
  ),

  fc.tuple(id, seconds).map(
    ([key, life]) =>
      ({ families }, { name, now }) =>
        families.begin(aFamily(now, { id: name + key, expiresAt: later(now, life * 2) })),
  ),
  id.map(
    (key) =>
      ({ families }, { name }) =>
        families.find(name + key),
  ),
  fc.tuple(id, generation, secret, scopes, kid).map(
    ([key, presented, from, wanted, macKid]) =>
      ({ families }, { name }) =>
        families.rotate({ familyId: name + key, generation: presented, macKid, from }, wanted, rules),
  ),
  fc.tuple(id, generation, secret, kid).map(
    ([key, presented, from, macKid]) =>
      ({ families }, { name }) =>
        families.excuse({ familyId: name + key, generation: presented, macKid, from }, rules),
  ),
  fc.tuple(id, seconds).map(
    ([key, life]) =>
      ({ families }, { name, now }) =>
        families.revoke(name + key, later(now, life)),
  ),
  fc.tuple(id, generation, seconds).map(
    ([key, known, life]) =>
      ({ families }, { name, now }) =>
        families.recover({
          family: aFamily(now, { id: name + key, expiresAt: later(now, life * 2) }),
          generation: known,
          rotatedAt: now,
        }),
  ),

  fc.tuple(id, seconds).map(
    ([key, life]) =>
      ({ revocations }, { name, now }) =>
        revocations.add({ kind: 'token', jti: name + key, until: later(now, life) }),
  ),
  fc.tuple(fc.constantFrom('user', 'client'), id, version, seconds).map(
    ([kind, key, bumped, life]) =>
      ({ revocations }, { name, now }) =>
        revocations.add({ kind, id: name + key, version: bumped, until: later(now, life) }),
  ),
  fc.tuple(version, seconds).map(
    ([bumped, life]) =>
      ({ revocations }, { now }) =>
        revocations.add({ kind: 'everything', version: bumped, until: later(now, life) }),
  ),
  fc.tuple(id, version, version, version).map(([key, user, client, everything]) => ({ revocations }, { name }) => {
    const own = name + key
    const depends = { jti: own, familyId: own, sessionId: own, userId: own, clientId: own }
    return revocations.has(aRevocable({ ...depends, versions: { user, client, everything } }))
  }),
  fc.constant(({ revocations }) => revocations.everything()),

  fc.tuple(fc.uniqueArray(id), version, seconds).map(
    ([keys, most, window]) =>
      ({ attempts }, { name }) =>
        attempts.claim(
          keys.map((key, at) => ({ key: name + key, most: Math.max(1, most - at), window: window + step })),
        ),
  ),
  id.map(
    (key) =>
      ({ attempts }, { name }) =>
        attempts.refund([{ key: name + key, most: 1, window: 1 }]),
  ),
  id.map(
    (key) =>
      ({ attempts }, { name }) =>
        attempts.end(name + key),
  ),
]

/** An outcome without the milliseconds that two stores cannot share: what a store dates itself, in steps since the start. */
function comparable(outcome: unknown, { start }: Run): unknown {
  return JSON.parse(
    JSON.stringify(outcome ?? null, (name, value) => {
      if (value instanceof Set) return [...value]
      if (name === 'lastUsedAt' || name === 'rotatedAt')
        return Math.round((new Date(value).getTime() - start.getTime()) / (step * 1000))
      return name === 'retryAfter' ? Math.round(value / step) : value
    }),
  )
}

describeEach(
  'any sequence of commands has the outcomes that it has in memory',
  (open) => {
    test('compared side by side', { timeout: 120_000 }, async () => {
      const clock = testClock()
      const settings = { clock, sessionIdle: 95, refreshLife: 40 }
      const model = openMemoryStores(settings)
      const real = await open(settings)
      const move = fc.integer({ min: 1, max: 5 }).map((steps) => steps * step)
      const sequence = fc.array(
        fc.oneof({ weight: 4, arbitrary: fc.oneof(...commands) }, { weight: 1, arbitrary: move }),
        {
          minLength: 30,
          maxLength: 120,
        },
      )
      let runs = 0
      await fc.assert(
        fc.asyncProperty(sequence, async (steps) => {
          const start = clock.now()
          const name = `run-${runs++}-`
          for (const command of steps) {
            if (typeof command === 'number') {
              clock.move(command)
              continue
            }
            const run = { name, start, now: clock.now() }
            const [one, other] = [await command(model, run), await command(real, run)]
            expect(comparable(other, run)).toEqual(comparable(one, run))
          }
        }),
        { numRuns: 150 },
      )
    })
  },
  [embedded, redis],
)
