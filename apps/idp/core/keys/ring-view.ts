import { type Jwks, writeJwks } from './jwks.ts'
import { KeyFault } from './key-fault.ts'
import type { KeySettings } from './key-settings.ts'
import { type KeyState, statesOf } from './key-state.ts'
import {
  type DecryptionKey,
  isDecrypting,
  isMac,
  isSigning,
  type MacKey,
  type OpenedRing,
  type SigningKey,
} from './opened-ring.ts'
import { type DecryptionAlg, type SigningAlg, type StoredKeyPair, signingAlgs } from './stored-ring.ts'
import {
  algsOf,
  decryptionAlgsOf,
  isPublished,
  isRemembered,
  lineOf,
  signerOf,
  type Tenure,
  tenuresOf,
} from './succession.ts'

/** What one version of the ring answers; a living ring replaces its view as a whole. */
export type RingView = {
  readonly opened: OpenedRing
  signer(alg: SigningAlg, now: Date): SigningKey | undefined
  algs(): readonly SigningAlg[]
  decryptionAlgs(): readonly DecryptionAlg[]
  verifier(kid: string, now: Date): Pick<SigningKey, 'publicKey' | 'alg'> | undefined
  macKey(now: Date): MacKey
  /** Every key that opens what is encrypted to us, and is not forgotten. */
  decryptionKeys(now: Date): readonly DecryptionKey[]
  jwks(now: Date): Jwks
  list(now: Date): readonly KeyState[]
}

/** Prepares an opened ring for the questions of every request: dates are compared then, nothing else is computed. */
export function viewRing(opened: OpenedRing, settings: KeySettings): RingView {
  const { keys } = opened.stored
  const signing = keys.filter(isSigning)
  const algs = algsOf(signing)
  const decryptionAlgs = decryptionAlgsOf(keys)
  const lines = new Map(signingAlgs.map((alg) => [alg, lineOf(signing, alg)]))
  const macs = lineOf(keys.filter(isMac), 'HS256')
  const tenures = new Map(tenuresOf(signing, settings).map((each) => [each.key.kid, each]))
  const decrypting = tenuresOf(keys.filter(isDecrypting), settings)

  return {
    opened,
    signer(alg, now) {
      const key = signerOf(lines.get(alg) ?? [], now)
      return key && opened.signing.get(key.kid)
    },
    algs: () => algs,
    decryptionAlgs: () => decryptionAlgs,
    verifier(kid, now) {
      const tenure = tenures.get(kid)
      return tenure && isRemembered(tenure, now) ? opened.signing.get(kid) : undefined
    },
    macKey(now) {
      const key = opened.macs.get(signerOf(macs, now)?.kid ?? '')
      if (!key) throw new KeyFault('missing', 'the key ring has no MAC key: rotate HS256')
      return key
    },
    decryptionKeys: (now) =>
      decrypting
        .filter((tenure) => isRemembered(tenure, now))
        .flatMap(({ key }) => opened.decrypting.get(key.kid) ?? []),
    jwks: jwksOf([...tenures.values(), ...decrypting], settings),
    list: (now) => statesOf(keys, settings, now),
  }
}

/** Writes the JWKS when a key joins or leaves it, and answers the same bytes in between. */
function jwksOf(tenures: readonly Tenure<StoredKeyPair>[], { jwksMaxAge }: KeySettings): RingView['jwks'] {
  let written: { jwks: Jwks; from: Date; until: number } | undefined
  return (now) => {
    if (written && written.from <= now && +now < written.until) return written.jwks
    const published = tenures.filter((each) => isPublished(each, now))
    const until = Math.min(...published.map(({ leavesAt }) => (leavesAt ? +leavesAt : Number.POSITIVE_INFINITY)))
    written = {
      jwks: writeJwks(
        published.map(({ key }) => key),
        jwksMaxAge,
      ),
      from: now,
      until,
    }
    return written.jwks
  }
}
