import type { Jwks } from './jwks.ts'
import type { KeyState } from './key-state.ts'
import type { DecryptionKey, MacKey, SigningKey } from './opened-ring.ts'
import { type KeyRingOptions, keepRing, type RingKeeper } from './ring-keeper.ts'
import type { DecryptionAlg, SigningAlg } from './stored-ring.ts'

/** What a signature is verified with. */
export type Verifier = { readonly key: SigningKey['publicKey']; readonly alg: SigningAlg }

/** A thumbprint (RFC 7638 §3), as every key pair of ours is named: nothing else is looked for. */
const pairKid = /^[\w-]{43}$/

/** The keys of a running server. Questions are answered from memory; only what returns a promise asks the store. */
export interface KeyRing {
  /** The key that signs with this algorithm now; undefined where the ring has none. */
  signer(alg: SigningAlg, now: Date): SigningKey | undefined
  /** Every algorithm that the ring can sign with. */
  algs(): readonly SigningAlg[]
  /** The kinds of key that others can encrypt to. */
  decryptionAlgs(): readonly DecryptionAlg[]
  /** The key of a token that we signed: published, or remembered for hints. Undefined where unknown or compromised. */
  verifier(kid: string, now: Date): Verifier | undefined
  /**
   * The same, after one more look at the store for a kid that the ring has never had: another server may sign with a key
   * that an operator made sign at once. Rejects where the store cannot be asked.
   */
  findVerifier(kid: string, now: Date): Promise<Verifier | undefined>
  /**
   * The keys that may open what was encrypted to us: the one of this kid, or all where none is named. Looks once more at
   * the store for an unknown kid, as {@link findVerifier} does.
   */
  findDecryptionKeys(kid: string | undefined, now: Date): Promise<readonly DecryptionKey[]>
  /** The key for the MACs of families that begin now. */
  macKey(now: Date): MacKey
  /** The MAC key of this name. Looks once more at the store for an unknown one; undefined if it really is unknown. */
  findMacKey(kid: string): Promise<MacKey | undefined>
  /**
   * The JWKS, the same bytes until a key joins or leaves it. While the store does not answer it may be kept for a shorter
   * time, and in the end not at all: another server may have published a key that signs before the copy would be dropped.
   */
  jwks(now: Date): Jwks
  list(now: Date): readonly KeyState[]
  /** Takes over what other servers or an operator changed. Rejects, and keeps the ring it has, where that fails. */
  refresh(): Promise<void>
  /** Makes the successors that are due and drops dead keys, once among all servers. Answers the kids that it made. */
  rotateDue(now: Date): Promise<readonly string[]>
  /** Stops polling. */
  close(): void
}

/**
 * Opens the ring, making the first one where there never was one, and keeps it fresh: every `pollEvery` seconds it looks
 * for changes and rotates what is due. Throws a `KeyFault` where a server must not start: a weak or wrong secret, a ring
 * that was lost.
 */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const keeper = await keepRing(options)
  const { view, refresh, rotateDue } = keeper
  const verifier = (kid: string, now: Date): Verifier | undefined => {
    const known = view().verifier(kid, now)
    return known && { key: known.publicKey, alg: known.alg }
  }
  const lookFor = async (kid: string): Promise<void> => {
    const isKnown = view().opened.stored.keys.some((key) => key.kid === kid)
    if (!isKnown && pairKid.test(kid)) await refresh()
  }
  return {
    signer: (alg, now) => view().signer(alg, now),
    algs: () => view().algs(),
    decryptionAlgs: () => view().decryptionAlgs(),
    verifier,
    async findVerifier(kid, now) {
      await lookFor(kid)
      return verifier(kid, now)
    },
    async findDecryptionKeys(kid, now) {
      if (kid !== undefined) await lookFor(kid)
      return view()
        .decryptionKeys(now)
        .filter((key) => kid === undefined || key.kid === kid)
    },
    macKey: (now) => view().macKey(now),
    async findMacKey(kid) {
      if (!view().opened.macs.has(kid)) await refresh()
      return view().opened.macs.get(kid)
    },
    jwks: (now) => shortLived(view().jwks(now), now, { ...options.settings, checkedAt: keeper.checkedAt() }),
    list: (now) => view().list(now),
    refresh,
    rotateDue,
    close: startPolling(keeper, options),
  }
}

type Looked = Pick<KeyRingOptions['settings'], 'jwksMaxAge' | 'pollEvery' | 'skew'> & { readonly checkedAt: Date }

/** A key that was made right after the last look signs once `jwksMaxAge`, `pollEvery` and `skew` have passed since. */
function shortLived(jwks: Jwks, now: Date, { jwksMaxAge, pollEvery, skew, checkedAt }: Looked): Jwks {
  const left = Math.floor(jwksMaxAge + pollEvery + skew - (now.getTime() - checkedAt.getTime()) / 1000)
  return left < jwks.maxAge ? { ...jwks, maxAge: Math.max(0, left) } : jwks
}

/** Looks after the ring every `pollEvery` seconds, one look at a time, without keeping the process alive. */
function startPolling({ rotateDue }: RingKeeper, { clock, settings, onError }: KeyRingOptions): () => void {
  let timer: NodeJS.Timeout | undefined
  async function poll(): Promise<void> {
    await rotateDue(clock.now()).catch((error) => onError?.(error))
    if (timer) schedule()
  }
  function schedule(): void {
    timer = setTimeout(poll, settings.pollEvery * 1000)
    timer.unref()
  }
  schedule()
  return () => {
    clearTimeout(timer)
    timer = undefined
  }
}
