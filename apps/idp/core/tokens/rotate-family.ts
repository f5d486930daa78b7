import { later } from '../clock.ts'
import { covers, type Scopes } from '../oauth/scope.ts'
import type { PresentedRefreshToken, Rotation, RotationRules, TokenFamily } from './token-family.ts'

/** What a store keeps of a family that has not ended. */
export type LiveFamily = {
  readonly family: TokenFamily
  readonly generation: number
  /** When this generation became the live one; the family's birth for the first. */
  readonly rotatedAt: Date
  /** Who asked for that rotation; empty for the first generation, and where the store has forgotten it. */
  readonly from: string
  /** Who repeated it in time and had no answer, where somebody did. */
  readonly excuse?: Excuse
}

/** A repetition that was in time, and that we could not answer: until when the same caller may come back with it. */
export type Excuse = { readonly from: string; readonly until: Date }

/** Seconds that a caller who was told to come back later has for it. */
export const excusedFor = 5 * 60

export type AskedRotation = {
  readonly presented: PresentedRefreshToken
  /** The scopes that the request names; undefined where it names none. */
  readonly wanted: Scopes | undefined
  readonly rules: RotationRules
}

/** A token that is shown, as far as its generation matters. */
export type Repetition = { readonly presented: PresentedRefreshToken; readonly rules: Pick<RotationRules, 'grace'> }

/** When a store did not answer: from its last sign of life to its return. */
export type Outage = { readonly gone: Date; readonly back: Date }

/** What is answered, and what the record becomes; `kept` is undefined where nothing changes. */
export type RotationDecision = { readonly answer: Rotation; readonly kept: LiveFamily | 'ended' | undefined }

/**
 * Decides one rotation; the store makes it atomic, and says what it has under the id and when it was away last. The order
 * is the security: nothing moves before the state, the MAC key, the dates and the scope were checked, and order among
 * tokens comes from the generation, never from a clock. RFC 9700 §4.14.2 (rotation and reuse), RFC 6749 §6 (scope).
 */
export function rotateFamily(
  found: LiveFamily | 'ended' | undefined,
  asked: AskedRotation,
  now: Date,
  outage?: Outage,
): RotationDecision {
  const { presented, wanted, rules } = asked
  if (!found) return unchanged({ outcome: 'lost' })
  if (found === 'ended' || now >= found.family.expiresAt) return unchanged({ outcome: 'refused' })
  if (presented.macKid !== found.family.macKid) return unchanged({ outcome: 'refused' })
  if (now >= later(found.rotatedAt, rules.idle)) return unchanged({ outcome: 'refused' })
  if (wanted && !covers(found.family.scopes, wanted)) return unchanged({ outcome: 'wider' })

  const { family, generation, from } = found
  if (presented.generation === generation) {
    const next = { family, generation: generation + 1, rotatedAt: now, from: presented.from }
    return { answer: { outcome: 'rotated', family, generation: next.generation }, kept: next }
  }
  if (mayRepeat(found, asked, now, outage)) {
    const elsewhere = from !== '' && presented.from !== from
    return unchanged({ outcome: 'repeated', family, generation, elsewhere })
  }
  return { answer: { outcome: 'reused', family }, kept: 'ended' }
}

/**
 * What becomes of a family whose caller had no answer for want of something of ours: undefined where nothing does. Only
 * a repetition that would have been answered is excused, so that no token works for anybody who could not have used it
 * then; the first who was excused keeps that until it is over (docs/decisions/0034).
 */
export function excuseRepetition(
  found: LiveFamily | 'ended' | undefined,
  asked: Repetition,
  now: Date,
  outage?: Outage,
): LiveFamily | undefined {
  if (!found || found === 'ended' || now >= found.family.expiresAt) return undefined
  const { from, macKid } = asked.presented
  if (macKid !== found.family.macKid || !mayRepeat(found, asked, now, outage)) return undefined
  if (found.excuse && found.excuse.from !== from && now < found.excuse.until) return undefined
  return { ...found, excuse: { from, until: later(now, excusedFor) } }
}

function mayRepeat(
  { generation, rotatedAt, excuse }: LiveFamily,
  { presented, rules }: Repetition,
  now: Date,
  outage: Outage | undefined,
): boolean {
  if (presented.generation < 1 || presented.generation !== generation - 1) return false
  const isExcused = excuse !== undefined && excuse.from === presented.from && now < excuse.until
  return isExcused || isInGrace(rotatedAt, rules.grace, now, outage)
}

/**
 * Whether an honest client may ask this again: its reply was lost, or two tabs asked at once. Time in which nobody could
 * be answered does not count: a window that an outage cut into starts anew when service is back.
 */
function isInGrace(rotatedAt: Date, grace: number, now: Date, outage: Outage | undefined): boolean {
  const ends = later(rotatedAt, grace)
  if (now < ends) return true
  return outage !== undefined && ends > outage.gone && now < later(outage.back, grace)
}

function unchanged(answer: Rotation): RotationDecision {
  return { answer, kept: undefined }
}
