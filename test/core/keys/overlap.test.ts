import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KeySettings } from '#core/keys/key-settings.ts'
import { renew } from '#core/keys/renew.ts'
import { retire } from '#core/keys/retire.ts'
import { rotate } from '#core/keys/rotate.ts'
import type { StoredRing } from '#core/keys/stored-ring.ts'
import { isPublished, isSound, lineOf, signerOf, tenuresOf } from '#core/keys/succession.ts'
import { at, secret } from './rings.ts'

/** Odd numbers, so that no boundary falls on another by chance. */
const settings: KeySettings = {
  secret,
  algs: ['ES256', 'RS256'],
  decryptionAlgs: [],
  rotateEvery: 301,
  jwksMaxAge: 97,
  pollEvery: 11,
  skew: 5,
  longestLifetime: 203,
  refreshAbsolute: 1000,
  sessionAbsolute: 400,
}

/** What happened to the ring, by the second at which it was stored. */
type History = readonly { readonly when: number; readonly ring: StoredRing }[]

/** `behind`: how far the servers' clocks are behind the operator's; among each other they differ by the rest of skew. */
type Life = { readonly history: History; readonly end: number; readonly behind: number }

type Step = { readonly wait: number; readonly act: 'rotate' | 'atOnce' | 'retire' | 'compromise' | 'renew' }

const step = (acts: readonly Step['act'][]): fc.Arbitrary<Step> =>
  fc.record({ wait: fc.integer({ min: 0, max: 250 }), act: fc.constantFrom(...acts) })

async function act(ring: StoredRing, kind: Step['act'], when: number): Promise<StoredRing> {
  const occasion = { now: at(when), settings }
  if (kind === 'rotate') return (await rotate(ring, { alg: 'ES256', ...occasion })).ring
  if (kind === 'atOnce') return (await rotate(ring, { alg: 'ES256', atOnce: true, ...occasion })).ring
  if (kind === 'renew') return (await renew(ring, settings, at(when))).ring
  const kid = signerOf(lineOf(ring.keys, 'ES256'), at(when))?.kid ?? ''
  return (await retire(ring, { kid, compromised: kind === 'compromise', ...occasion })).ring
}

/** Runs the steps, with the automatic rotation of a server that polls in between. */
async function live(steps: readonly Step[], behind = 0): Promise<Life> {
  let when = 0
  let { ring } = await rotate({ version: 0, keys: [] }, { alg: 'ES256', now: at(0), settings })
  const history = [{ when, ring }]
  const keep = (next: StoredRing): void => {
    if (next !== ring) history.push({ when, ring: next })
    ring = next
  }
  for (const { wait, act: kind } of steps) {
    const until = when + wait
    for (; when + settings.pollEvery < until; when += settings.pollEvery) keep(await act(ring, 'renew', when))
    when = until
    keep(await act(ring, kind, when))
  }
  return { history, end: when + 400, behind }
}

/** The ring that a server knows which last looked `lag` seconds ago. */
function seenBy(history: History, when: number, lag: number): StoredRing {
  const known = history.findLast((change) => change.when <= Math.max(0, when - lag))
  if (!known) throw new Error('there is a ring from the first second on')
  return known.ring
}

/** What a server publishes at this moment, by how late its look and how wrong its clock may be. */
function publishes({ history, behind }: Life, kid: string, when: number): boolean {
  return [0, settings.pollEvery].every((lag) =>
    [0, settings.skew].every((wrong) =>
      tenuresOf(seenBy(history, when, lag).keys, settings).some(
        (each) => each.key.kid === kid && isPublished(each, at(when + wrong - behind)),
      ),
    ),
  )
}

/** Every key that some server may sign with at this moment. */
function signers({ history, behind }: Life, when: number): readonly (string | undefined)[] {
  return [0, settings.pollEvery].flatMap((lag) =>
    [0, settings.skew].map((wrong) => {
      const line = lineOf(seenBy(history, when, lag).keys, 'ES256')
      return signerOf(line, at(when + wrong - behind))?.kid
    }),
  )
}

const behind = fc.constantFrom(0, settings.skew)

const moments = (end: number): readonly number[] => Array.from({ length: Math.ceil(end / 7) }, (_, n) => n * 7)

/** The first key of all is exempt: nobody can have asked for a token before it. */
const isFirst = (history: History, kid: string | undefined): boolean => history[0]?.ring.keys[0]?.kid === kid

test('whoever fetched the JWKS within max-age, from any server, has the key of every token', {
  timeout: 60_000,
}, async () => {
  const steps = fc.array(step(['rotate', 'retire', 'renew']), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(steps, behind, async (taken, late) => {
      const life = await live(taken, late)
      for (const when of moments(life.end)) {
        for (const kid of signers(life, when).filter((each) => !isFirst(life.history, each))) {
          for (const fetched of [when - settings.jwksMaxAge, when - 50, when]) {
            expect(publishes(life, kid ?? 'nobody', fetched), `${kid} signs at ${when}`).toBe(true)
          }
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('a key stays published while a token of it lives, also where its successor signed at once', {
  timeout: 60_000,
}, async () => {
  const steps = fc.array(step(['rotate', 'atOnce', 'retire', 'renew']), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(steps, behind, async (taken, late) => {
      const life = await live(taken, late)
      for (const when of moments(life.end)) {
        for (const kid of signers(life, when)) {
          const published = (later: number) => publishes(life, kid ?? 'nobody', when + later)
          // A server that does not know the newest key yet neither signs with it nor is asked for it by its own users.
          const known = settings.pollEvery
          for (const later of [known, 100, settings.longestLifetime - 1]) {
            expect(published(later), `${kid} signed at ${when}`).toBe(true)
          }
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('there is a sound signer at every moment, whatever is done', { timeout: 60_000 }, async () => {
  const steps = fc.array(step(['rotate', 'atOnce', 'retire', 'compromise', 'renew']), { minLength: 1, maxLength: 10 })
  await fc.assert(
    fc.asyncProperty(steps, behind, async (taken, late) => {
      const life = await live(taken, late)
      for (const when of moments(life.end)) {
        expect(signers(life, when)).not.toContain(undefined)
        const { keys } = seenBy(life.history, when, 0)
        const signer = signerOf(lineOf(keys, 'ES256'), at(when))
        expect(signer && isSound(signer)).toBe(true)
        expect(tenuresOf(keys, settings).some((each) => each.key === signer && isPublished(each, at(when)))).toBe(true)
      }
    }),
    { numRuns: 60 },
  )
})
