import type { Jwks } from './jwks.ts'
import type { KeyState } from './key-state.ts'
import type { MacKey, SigningKey } from './opened-ring.ts'
import { type KeyRingOptions, keepRing, type RingKeeper } from './ring-keeper.ts'
import type { SigningAlg } from './stored-ring.ts'

/** The keys of a running server. Questions are answered from memory; only what returns a promise asks the store. */
export interface KeyRing {
  /** The key that signs with this algorithm now; undefined where the ring has none. */
  signer(alg: SigningAlg, now: Date): SigningKey | undefined
  /** Every algorithm that the ring can sign with. */
  algs(): readonly SigningAlg[]
  /** The key of a token that we signed: published, or remembered for hints. Undefined where unknown or compromised. */
  verifier(kid: string, now: Date): { readonly key: SigningKey['publicKey']; readonly alg: SigningAlg } | undefined
  /** The key for the MACs of families that begin now. */
  macKey(now: Date): MacKey
  /** The MAC key of this name. Looks once more at the store for an unknown one; undefined if it really is unknown. */
  findMacKey(kid: string): Promise<MacKey | undefined>
  /** The JWKS, the same bytes until a key joins or leaves it. */
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
  return {
    signer: (alg, now) => view().signer(alg, now),
    algs: () => view().algs(),
    verifier(kid, now) {
      const known = view().verifier(kid, now)
      return known && { key: known.publicKey, alg: known.alg }
    },
    macKey: (now) => view().macKey(now),
    async findMacKey(kid) {
      if (!view().opened.macs.has(kid)) await refresh()
      return view().opened.macs.get(kid)
    },
    jwks: (now) => view().jwks(now),
    list: (now) => view().list(now),
    refresh,
    rotateDue,
    close: startPolling(keeper, options),
  }
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
