import type { Client } from '../clients/client.ts'
import type { Scopes } from '../oauth/scope.ts'

/** Counters that tokens, families and sessions copy at birth; a bump of one ends all that is older. */
export type TokenVersions = { readonly user: number; readonly client: number; readonly everything: number }

/** One sign-in at one client: everything a code began. It dies whole. */
export type TokenFamily = {
  readonly id: string
  readonly clientId: string
  readonly userId: string
  /** The session that it ends with, its `sid` (docs/decisions/0004); undefined where `offline_access` was consented. */
  readonly sessionId: string | undefined
  /** The `sid` that its ID tokens carry, bound or not. */
  readonly sid: string
  readonly scopes: Scopes
  readonly resource: string | undefined
  readonly authTime: Date
  readonly amr: readonly string[]
  readonly acr: string | undefined
  /** Claims that the `claims` parameter asked of UserInfo (OpenID Connect Core §5.5). */
  readonly userinfoClaims: readonly string[]
  readonly versions: TokenVersions
  /** The MAC key of its refresh tokens; every successor is computed under it. */
  readonly macKid: string
  readonly createdAt: Date
  /** The absolute end, never after that of the session it is bound to. It does not move. */
  readonly expiresAt: Date
}

/** Whether a client may go on with a family: access that outlives the session is its own only while it may ask for it. */
export function mayKeepAccess(client: Pick<Client, 'scopes'>, family: Pick<TokenFamily, 'scopes'>): boolean {
  return !family.scopes.has('offline_access') || client.scopes.has('offline_access')
}

/** Why something was ended, for the audit trail. */
export type RevocationReason =
  | 'code_replayed'
  | 'refresh_token_reused'
  | 'revoked_by_client'
  | 'revoked_by_operator'
  | 'signed_out'
  | 'signed_in_as_another'
  | 'consent_withdrawn'
  | 'password_changed'
  | 'user_disabled'
  | 'client_disabled'
  | 'deleted'

/** A refresh token whose MAC and client have been checked already. */
export type PresentedRefreshToken = {
  readonly familyId: string
  readonly generation: number
  /** The key that its MAC was made with. Under another key than its family's it is a forgery: an old key has leaked. */
  readonly macKid: string
  /** A short digest of the caller's address and agent, to notice a repetition from elsewhere. */
  readonly from: string
}

export type Rotation =
  /** The presented generation was the live one; the next is live now. */
  | { readonly outcome: 'rotated'; readonly family: TokenFamily; readonly generation: number }
  /** The same rotation asked again inside the grace window: the same successor is answered again. */
  | {
      readonly outcome: 'repeated'
      readonly family: TokenFamily
      readonly generation: number
      readonly elsewhere: boolean
    }
  /** An older generation came back, or one that never was: someone holds a copy. The family is ended already. */
  | { readonly outcome: 'reused'; readonly family: TokenFamily }
  /** More scope than the family has. Nothing changed. */
  | { readonly outcome: 'wider' }
  /** Ended, idle too long, or under another MAC key than the family's. Nothing changed. */
  | { readonly outcome: 'refused' }
  /** Not here (any more, once expired), or from before the store lost its memory: SQL knows what became of it. */
  | { readonly outcome: 'lost' }

export type RotationRules = {
  /** Seconds that a family may go without a rotation. */
  readonly idle: number
  /** Seconds in which the generation before the live one is answered with the same successor. */
  readonly grace: number
}

/** A family that has not ended, its live generation, and since when that is the live one. */
export type FoundFamily = { readonly family: TokenFamily; readonly generation: number; readonly rotatedAt: Date }

/**
 * Where families live. Each verb is atomic: no check in the caller can make two calls one. `rotate` decides in this
 * order: not here → `lost`; ended → `refused`; another MAC key than the family's → `refused`; idle →
 * `refused`; wider scope → `wider`; then the generation. An outage of the store does not count towards the grace: for a
 * rotation whose window it cut into, the window starts anew when service is back.
 */
export interface FamilyStore {
  /** Begins a family at generation 1; `ended` where its id is marked already (its code was replayed meanwhile). */
  begin(family: TokenFamily): Promise<'begun' | 'ended'>
  /** Undefined where it has ended; `lost` as for {@link Rotation}. */
  find(id: string): Promise<FoundFamily | 'lost' | undefined>
  rotate(presented: PresentedRefreshToken, wanted: Scopes | undefined, rules: RotationRules): Promise<Rotation>
  /**
   * Notes that this repetition, which `rotate` would have answered with the same successor, could not be answered for a
   * reason of ours: whoever asks it again from the same place has five minutes for it from now. Anything else, nothing.
   */
  excuse(presented: PresentedRefreshToken, rules: Pick<RotationRules, 'grace'>): Promise<void>
  /**
   * Puts back a family that is `lost`, as SQL remembers it; `known` where it is here already, live or ended, and nothing
   * changed. So a family comes back once per loss, whoever asks first. Who rotated it last is forgotten: no repetition of
   * that rotation counts as from elsewhere.
   */
  recover(found: FoundFamily): Promise<'recovered' | 'known'>
  /** Ends it, born or not, with a mark that lasts until `until`. Idempotent. */
  revoke(id: string, until: Date): Promise<void>
}
