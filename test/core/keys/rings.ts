import { type Clock, later } from '#core/clock.ts'
import { type KeyRing, openKeyRing } from '#core/keys/key-ring.ts'
import type { KeySettings } from '#core/keys/key-settings.ts'
import type { KeyRingOptions } from '#core/keys/ring-keeper.ts'
import type { SigningAlg, StoredSigningKey } from '#core/keys/stored-ring.ts'
import { memoryKeyMemory, memoryKeys } from '#stores/memory/durable-keys.ts'
import { testClock } from '#test/support/clock.ts'

export const secret = 'kT9vQ2xWz7LmB4rYp0NcHs6EfJ8uGd3A'
export const otherSecret = 'aXq8ZrV1tNw5KyMb7PcLg2UjEoDh9S6f'

/** The secret of a ring that is sealed anew with every version; the first has {@link secret}. */
export const secretOf = ({ version }: { readonly version: number }): string => (version % 2 ? secret : otherSecret)

export const minute = 60
export const hour = 60 * minute
export const day = 24 * hour

/** Notice is 15 min + 10 s + 5 s = 915 s; a key leaves 10 s + 10 min + 5 s = 615 s after its successor took over. */
export const settings: KeySettings = {
  secret,
  algs: ['ES256', 'RS256'],
  decryptionAlgs: [],
  rotateEvery: 30 * day,
  jwksMaxAge: 15 * minute,
  pollEvery: 10,
  skew: 5,
  longestLifetime: 10 * minute,
  refreshAbsolute: 90 * day,
  sessionAbsolute: 14 * day,
}

export const start = new Date('2026-03-01T12:00:00Z')

/** Seconds after the start. */
export const at = (seconds: number): Date => later(start, seconds)

/** A clock that shows the start until it is moved. */
export function stoppedClock(): Clock & { move(seconds: number): void } {
  let moved = 0
  return {
    offset: 0,
    now: () => at(moved),
    move(seconds) {
      moved += seconds
    },
  }
}

/** A key as far as dates matter; its private part opens nowhere. */
export function aKey(kid: string, signsFrom: number, more: Partial<StoredSigningKey> = {}): StoredSigningKey {
  return {
    kid,
    use: 'sig',
    alg: 'ES256',
    createdAt: at(signsFrom),
    signsFrom: at(signsFrom),
    tokenLife: settings.longestLifetime,
    sealed: 'sealed',
    publicJwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
    compromisedAt: undefined,
    ...more,
  }
}

/** Opens a ring over stores in memory at {@link start}, unless told otherwise. Its timer is stopped. */
export async function aRing(options: Partial<KeyRingOptions> = {}): Promise<KeyRing> {
  const ring = await openKeyRing({
    store: memoryKeys(),
    memory: memoryKeyMemory(),
    clock: testClock(start),
    settings,
    ...options,
  })
  ring.close()
  return ring
}

/** The kids in a JWKS. */
export function kidsOf(ring: KeyRing, now: Date): readonly string[] {
  const { keys }: { keys: readonly { kid: string }[] } = JSON.parse(ring.jwks(now).body.toString())
  return keys.map(({ kid }) => kid)
}

/** The name of the key that signs. */
export function signerKid(ring: KeyRing, alg: SigningAlg, now: Date): string {
  const signer = ring.signer(alg, now)
  if (!signer) throw new Error(`nothing signs with ${alg}`)
  return signer.kid
}
