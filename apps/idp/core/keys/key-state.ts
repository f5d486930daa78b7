import type { KeySettings } from './key-settings.ts'
import type { StoredKey } from './stored-ring.ts'
import { compromisedAt, type KeyAlg, keyAlgs, lineOf, signerOf, type Tenure, tenuresOf } from './succession.ts'

/** What a key does now; derived, never stored. */
export type KeyStateName =
  /** Known, and published unless it is a MAC key, but its turn is to come. */
  | 'next'
  | 'active'
  /** Signs no more; what it signed is still accepted. */
  | 'previous'
  /** Out of the JWKS, remembered for hints, or for what was encrypted to it. */
  | 'retired'
  | 'compromised'

/** A key as an operator sees it: dates and no key material. */
export type KeyState = {
  readonly kid: string
  readonly alg: KeyAlg
  readonly use: StoredKey['use']
  readonly signsFrom: Date
  /** When it leaves the JWKS; undefined while it has no successor. */
  readonly leavesAt: Date | undefined
  readonly state: KeyStateName
}

/** The whole ring, in the order of algorithms and of succession. */
export function statesOf(keys: readonly StoredKey[], settings: KeySettings, now: Date): readonly KeyState[] {
  const signers = new Set(keyAlgs.map((alg) => signerOf(lineOf(keys, alg), now)))
  return tenuresOf(keys, settings)
    .map((tenure) => stateOf(tenure, signers.has(tenure.key), now))
    .sort((one, other) => keyAlgs.indexOf(one.alg) - keyAlgs.indexOf(other.alg) || +one.signsFrom - +other.signsFrom)
}

function stateOf({ key, leavesAt }: Tenure, signs: boolean, now: Date): KeyState {
  const { kid, alg, use, signsFrom } = key
  const state = (): KeyStateName => {
    if (compromisedAt(key)) return 'compromised'
    if (signs) return 'active'
    if (now < signsFrom) return 'next'
    return leavesAt && leavesAt <= now ? 'retired' : 'previous'
  }
  return { kid, alg, use, signsFrom, leavesAt, state: state() }
}
