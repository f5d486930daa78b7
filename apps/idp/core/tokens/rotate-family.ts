import { later } from '../clock.ts'
import { covers, type Scopes } from '../oauth/scope.ts'
import type { PresentedRefreshToken, Rotation, RotationRules, TokenFamily } from './token-family.ts'

/** What a store keeps of a family that has not ended. */
export type LiveFamily = {
  readonly family: TokenFamily
  readonly generation: number
  /** When this generation became the live one; the family's birth for the first. */
  readonly rotatedAt: Date
  /** Who asked for that rotation; empty for the first generation. */
  readonly from: string
}

export type AskedRotation = {
  readonly presented: PresentedRefreshToken
  /** The scopes that the request names; undefined where it names none. */
  readonly wanted: Scopes | undefined
  readonly rules: RotationRules
}

/** What is answered, and what the record becomes; `kept` is undefined where nothing changes. */
export type RotationDecision = { readonly answer: Rotation; readonly kept: LiveFamily | 'ended' | undefined }

/**
 * Decides one rotation; the store makes it atomic. The order is the security: nothing moves before the state, the MAC
 * key, the dates and the scope were checked, and order among tokens comes from the generation, never from a clock.
 * RFC 9700 §4.14.2 (rotation and reuse), RFC 6749 §6 (scope).
 */
export function rotateFamily(live: LiveFamily | undefined, asked: AskedRotation, now: Date): RotationDecision {
  const { presented, wanted, rules } = asked
  if (!live || now >= live.family.expiresAt) return unchanged({ outcome: 'refused' })
  if (presented.macKid !== live.family.macKid) return unchanged({ outcome: 'refused' })
  if (now >= later(live.rotatedAt, rules.idle)) return unchanged({ outcome: 'refused' })
  if (wanted && !covers(live.family.scopes, wanted)) return unchanged({ outcome: 'wider' })

  const { family, generation } = live
  if (presented.generation === generation) {
    const next = { family, generation: generation + 1, rotatedAt: now, from: presented.from }
    return { answer: { outcome: 'rotated', family, generation: next.generation }, kept: next }
  }
  if (isRepetition(live, asked, now)) {
    return unchanged({ outcome: 'repeated', family, generation, elsewhere: presented.from !== live.from })
  }
  return { answer: { outcome: 'reused', family }, kept: 'ended' }
}

/** Whether an honest client may ask this again: its reply was lost, or two tabs asked at once. */
function isRepetition(live: LiveFamily, { presented, rules }: AskedRotation, now: Date): boolean {
  const isPredecessor = presented.generation >= 1 && presented.generation === live.generation - 1
  return isPredecessor && now < later(live.rotatedAt, rules.grace)
}

function unchanged(answer: Rotation): RotationDecision {
  return { answer, kept: undefined }
}
