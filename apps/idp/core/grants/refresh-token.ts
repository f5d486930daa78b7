import type { ApiStore } from '../apis/api.ts'
import type { Audit } from '../audit/audit.ts'
import { type Client, isPublic } from '../clients/client.ts'
import type { Clock } from '../clock.ts'
import { refuse, Unavailable } from '../oauth/error.ts'
import { type Form, optional, required } from '../oauth/form.ts'
import type { Origin } from '../oauth/origin.ts'
import { digest } from '../oauth/random.ts'
import { parseScope, type Scopes } from '../oauth/scope.ts'
import type { Endings } from '../tokens/end.ts'
import type { FactStore } from '../tokens/fact-store.ts'
import type { Mint, TokenResponse } from '../tokens/mint.ts'
import type { AuthenticRefreshToken, ReadRefreshToken } from '../tokens/read-refresh-token.ts'
import type { RevocationStore } from '../tokens/revocation-store.ts'
import type { FamilyStore, Rotation } from '../tokens/token-family.ts'
import type { Uses } from '../tokens/uses.ts'
import type { UserStore } from '../users/user-store.ts'
import { acceptRotation, type Lost } from './accept-rotation.ts'
import { openReuses, type Reuses } from './end-reuse.ts'
import type { Grant } from './grant.ts'
import { checkAll, type Prepared, prepareRefresh, refuseEnded, type Wishes } from './prepare-refresh.ts'

export type RefreshTokenParts = {
  readonly issuer: string
  readonly clock: Clock
  readonly families: FamilyStore
  readonly facts: FactStore
  readonly uses: Uses
  readonly revocations: RevocationStore
  readonly users: UserStore
  readonly apis: ApiStore
  readonly readRefreshToken: ReadRefreshToken
  readonly mint: Mint
  readonly endings: Endings
  readonly audit: Audit
  /** Seconds. */
  readonly rules: { readonly idle: number; readonly grace: number; readonly gracePublic: number }
}

/** RFC 6749 §6, rotating on every use as RFC 9700 §4.14.2 asks. */
export function refreshTokenGrant(given: RefreshTokenParts): Grant {
  const parts = { ...given, reuses: openReuses(given) }
  return {
    type: 'refresh_token',
    // What ends a client's tokens is marked in the fast store: while SQL is away a record from before it will do.
    freshness: 'remembered',

    // Look, check, claim, mint: the MAC proves family, generation and client before the store is asked; the store decides the race.
    async redeem({ client, form, origin }) {
      const authentic = await parts.readRefreshToken(required(form, 'refresh_token'), client)
      if (!authentic) refuse('invalid_grant', 'not a refresh token of this client')
      const wanted = readScope(form)
      const asked = { wanted, form, client, origin }
      return orExcuse(parts, authentic, asked, () => refresh(parts, authentic, asked))
    },
  }
}

async function refresh(
  parts: RefreshTokenParts & { readonly reuses: Reuses },
  authentic: AuthenticRefreshToken,
  asked: Wishes,
): Promise<TokenResponse> {
  const { client, origin } = asked
  const { rotation, prepared } = await claim(parts, authentic, asked)
  const { family, generation } = await acceptRotation(parts, rotation, { authentic, client, origin })
  await refuseEnded(parts, family)

  const { user, scopes, audience } = prepared ?? (await checkAll(parts, family, asked))
  await parts.audit.record('token.refreshed', {
    userId: family.userId,
    clientId: client.id,
    familyId: family.id,
    origin,
    details: { generation },
  })
  return parts.mint.forFamily({
    client,
    user,
    family,
    generation,
    scopes,
    audience,
    nonce: undefined,
    idTokenClaims: {},
  })
}

/**
 * Where it is us who cannot answer, whoever repeats in time may come back for the same answer: the window must not close
 * on them meanwhile. It is the time at which they asked that counts. Where the excuse cannot be noted, the store is away,
 * and notices that by itself.
 */
async function orExcuse<A>(
  parts: RefreshTokenParts,
  authentic: AuthenticRefreshToken,
  { client, origin }: Wishes,
  answer: () => Promise<A>,
): Promise<A> {
  const asked = parts.clock.now()
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    const since = (parts.clock.now().getTime() - asked.getTime()) / 1000
    const rules = { grace: graceOf(parts, client) + since }
    await parts.families.excuse({ ...authentic, from: fingerprint(origin) }, rules).catch(() => {})
    throw error
  }
}

/**
 * The store's verdict, and what was looked up before it was asked. Where the store loses the family in between, all of it
 * is done again; lost twice is an outage, and no verdict.
 */
async function claim(
  parts: RefreshTokenParts,
  authentic: AuthenticRefreshToken,
  asked: Wishes,
): Promise<{ readonly rotation: Exclude<Rotation, Lost>; readonly prepared: Prepared | undefined }> {
  for (const _ of ['first', 'second']) {
    const prepared = await prepareRefresh(parts, authentic, asked)
    if (prepared === 'gone') return { rotation: { outcome: 'refused' }, prepared: undefined }
    const rotation = await rotate(parts, authentic, asked)
    if (rotation.outcome !== 'lost') return { rotation, prepared }
  }
  throw new Unavailable('the family was lost again as soon as it was put back')
}

async function rotate(
  parts: RefreshTokenParts,
  authentic: AuthenticRefreshToken,
  { wanted, client, origin }: Wishes,
): Promise<Rotation> {
  const rules = { idle: parts.rules.idle, grace: graceOf(parts, client) }
  const rotation = await parts.families.rotate({ ...authentic, from: fingerprint(origin) }, wanted, rules)
  if (rotation.outcome === 'rotated') parts.uses.noteRotation(authentic.familyId, rotation.generation)
  return rotation
}

function graceOf({ rules }: RefreshTokenParts, client: Client): number {
  return isPublic(client) ? rules.gracePublic : rules.grace
}

/** A narrower scope narrows this answer only; the successor keeps the family's scopes (RFC 6749 §6). */
function readScope(form: Form): Scopes | undefined {
  const text = optional(form, 'scope')
  if (text === undefined) return undefined
  return parseScope(text) ?? refuse('invalid_scope', 'scope is not a list of scope names', { parameter: 'scope' })
}

/** Enough to notice that a repetition came from elsewhere; not enough to say from where. */
function fingerprint({ address, agent }: Origin): string {
  return digest(`${address}\n${agent}`).slice(0, 11)
}
