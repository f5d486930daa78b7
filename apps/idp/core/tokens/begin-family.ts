import { type Clock, later } from '../clock.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { FactStore } from './fact-store.ts'
import type { RevocationStore } from './revocation-store.ts'
import type { FamilyStore, TokenFamily } from './token-family.ts'

/** What a sign-in at a client is, before it is a family. */
export type SignInAtClient = Pick<
  TokenFamily,
  'id' | 'clientId' | 'userId' | 'scopes' | 'resource' | 'authTime' | 'amr' | 'acr' | 'userinfoClaims' | 'versions'
> & {
  /** The session that it came from, and the absolute end of that. */
  readonly sessionId: string
  readonly sessionExpiresAt: Date
}

export type BeginFamily = (signIn: SignInAtClient) => Promise<TokenFamily | undefined>

export type BeginFamilyParts = {
  readonly clock: Clock
  readonly ring: KeyRing
  readonly families: Pick<FamilyStore, 'begin'>
  readonly facts: Pick<FactStore, 'beginFamily'>
  readonly revocations: Pick<RevocationStore, 'has'>
  /** Seconds; no family lives longer, and one that is bound to its session no longer than that. */
  readonly refreshAbsolute: number
}

/**
 * Makes what begins families: in SQL first, then where they live. What ended meanwhile, the session or the person, is seen
 * last and answered undefined; but not the family itself: where an end was faster than the birth it is born dead, and so
 * is what is handed out with it.
 */
export function familyBeginner(parts: BeginFamilyParts): BeginFamily {
  const { clock, ring, families, facts, revocations, refreshAbsolute } = parts
  return async ({ sessionId, sessionExpiresAt, ...signIn }) => {
    const now = clock.now()
    const isOffline = signIn.scopes.has('offline_access')
    const family: TokenFamily = {
      ...signIn,
      sessionId: isOffline ? undefined : sessionId,
      sid: sessionId,
      macKid: ring.macKey(now).kid,
      createdAt: now,
      expiresAt: earlier(later(now, refreshAbsolute), isOffline ? undefined : sessionExpiresAt),
    }
    await facts.beginFamily({ ...family, generation: 1, rotatedAt: now, endedAt: undefined, endReason: undefined })
    await families.begin(family)
    const { userId, clientId, versions } = family
    const but = { jti: undefined, familyId: undefined }
    return (await revocations.has({ ...but, sessionId, userId, clientId, versions })) ? undefined : family
  }
}

function earlier(one: Date, other: Date | undefined): Date {
  return other !== undefined && other < one ? other : one
}
