/** Algorithms that sign tokens here (RFC 7518 §3.1, RFC 8037 §3.1). */
export type SigningAlg = 'RS256' | 'ES256' | 'PS256' | 'EdDSA'

export const signingAlgs: readonly SigningAlg[] = ['ES256', 'RS256', 'EdDSA', 'PS256']

/** Whether a text names an algorithm that can sign tokens here. */
export function isSigningAlg(alg: string): alg is SigningAlg {
  return signingAlgs.some((known) => known === alg)
}

/** What others encrypt to us with: each names the kind of key; see {@link algsOfDecryptionKey}. */
export type DecryptionAlg = 'RSA-OAEP-256' | 'ECDH-ES'

export const decryptionAlgs: readonly DecryptionAlg[] = ['RSA-OAEP-256', 'ECDH-ES']

/** The public members of a key (RFC 7517); private ones never appear in this type. */
export type PublicJwk = {
  readonly kty: string
  readonly [member: string]: string
}

/**
 * What every key of the ring has. There is no status: what a key does follows from these dates and its successors'
 * (docs/decisions/0006).
 */
type StoredBase = {
  readonly kid: string
  readonly createdAt: Date
  /** From when it signs, or is the one to encrypt to. The first key of its kind does from its birth. */
  readonly signsFrom: Date
  /**
   * Seconds: nothing that it signs, or is encrypted to it, lives longer (for a MAC key: refresh token families). Only
   * ever raised.
   * Decides how long it stays after its successor took over.
   */
  readonly tokenLife: number
  /** The private part, sealed under `keys.secret` as a compact JWE (dir, A256GCM). */
  readonly sealed: string
}

/** A key that signs tokens and stands in the JWKS. `kid` is its RFC 7638 thumbprint. */
export type StoredSigningKey = StoredBase & {
  readonly use: 'sig'
  readonly alg: SigningAlg
  readonly publicJwk: PublicJwk
  /** When an operator declared it compromised: out of the JWKS, trusted by nobody, from then on. */
  readonly compromisedAt: Date | undefined
}

/** A key for the MACs of refresh tokens. Of another kind than signing keys: it cannot be put into a JWKS. */
export type StoredMacKey = StoredBase & { readonly use: 'mac'; readonly alg: 'HS256' }

/**
 * A key that others encrypt to: request objects, and ID tokens that are given back as hints. It stands in the JWKS with
 * `use: enc`, and is of another kind than signing keys: it can neither sign nor verify.
 */
export type StoredDecryptionKey = Omit<StoredSigningKey, 'use' | 'alg'> & {
  readonly use: 'enc'
  readonly alg: DecryptionAlg
}

/** The kinds of key that have a public half. */
export type StoredKeyPair = StoredSigningKey | StoredDecryptionKey

export type StoredKey = StoredKeyPair | StoredMacKey

/** The whole ring, as one value that is replaced as one. */
export type StoredRing = { readonly version: number; readonly keys: readonly StoredKey[] }

/** Where the ring is kept: files for one machine, the database for several. Same contract, same tests. */
export interface KeyStore {
  /** The ring, or undefined where none was ever made. */
  read(): Promise<StoredRing | undefined>
  /** A cheap look at the version alone, for noticing a change; undefined where there is no ring. */
  version(): Promise<number | undefined>
  /**
   * Replaces the ring if its version is still `seen` (undefined: if there is none), atomically and durably.
   * Of several racing callers exactly one is told `stored`.
   */
  put(ring: StoredRing, seen: number | undefined): Promise<'stored' | 'conflict'>
}
