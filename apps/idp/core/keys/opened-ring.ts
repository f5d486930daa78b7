import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject, type webcrypto } from 'node:crypto'
import { publicMembers } from './jwks.ts'
import { KeyFault } from './key-fault.ts'
import { requireFit, thumbprintOf } from './new-key.ts'
import { unseal } from './seal.ts'
import type {
  DecryptionAlg,
  SigningAlg,
  StoredDecryptionKey,
  StoredKey,
  StoredKeyPair,
  StoredMacKey,
  StoredRing,
  StoredSigningKey,
} from './stored-ring.ts'
import { isSound } from './succession.ts'

/** A key that signs tokens. `tokenLife` is seconds: a token that lives longer would outlive its key in the JWKS. */
export type SigningKey = {
  readonly kid: string
  readonly alg: SigningAlg
  readonly tokenLife: number
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** A key for the MACs of refresh tokens. Of another type than signing keys: no function takes one for the other. */
export type MacKey = { readonly kid: string; readonly secret: KeyObject }

/** A key that opens what others encrypted to us. No function takes it for one that signs or verifies. */
export type DecryptionKey = { readonly kid: string; readonly alg: DecryptionAlg; readonly decryptsWith: KeyObject }

/** A stored ring with its keys ready for use, by kid. Compromised keys stay closed. */
export type OpenedRing = {
  readonly stored: StoredRing
  readonly signing: ReadonlyMap<string, SigningKey>
  readonly macs: ReadonlyMap<string, MacKey>
  readonly decrypting: ReadonlyMap<string, DecryptionKey>
}

/** Opens every key, or throws a {@link KeyFault} naming the first that cannot be used. */
export async function openStoredRing(stored: StoredRing, secret: string): Promise<OpenedRing> {
  const sound = stored.keys.filter(isSound)
  const signing = await Promise.all(sound.filter(isSigning).map((key) => openSigningKey(key, secret)))
  const macs = await Promise.all(sound.filter(isMac).map((key) => openMacKey(key, secret)))
  const decrypting = await Promise.all(sound.filter(isDecrypting).map((key) => openDecryptionKey(key, secret)))
  return { stored, signing: byKid(signing), macs: byKid(macs), decrypting: byKid(decrypting) }
}

/** Is this a key that signs tokens? */
export function isSigning(key: StoredKey): key is StoredSigningKey {
  return key.use === 'sig'
}

/** Is this a key that makes the MACs of refresh tokens? */
export function isMac(key: StoredKey): key is StoredMacKey {
  return key.use === 'mac'
}

/** Is this a key that opens what others encrypted to us? */
export function isDecrypting(key: StoredKey): key is StoredDecryptionKey {
  return key.use === 'enc'
}

async function openSigningKey(key: StoredSigningKey, secret: string): Promise<SigningKey> {
  const { kid, alg, tokenLife } = key
  return { kid, alg, tokenLife, ...(await openPair(key, secret)) }
}

async function openDecryptionKey(key: StoredDecryptionKey, secret: string): Promise<DecryptionKey> {
  const { privateKey } = await openPair(key, secret)
  return { kid: key.kid, alg: key.alg, decryptsWith: privateKey }
}

/**
 * The public half comes from the sealed private one, and both it and the stored one must have the kid as thumbprint:
 * whoever can write to the store cannot have us publish a key of theirs.
 */
async function openPair(key: StoredKeyPair, secret: string): Promise<Pick<SigningKey, 'privateKey' | 'publicKey'>> {
  const { kid, alg, publicJwk } = key
  const jwk: webcrypto.JsonWebKey = JSON.parse(Buffer.from(await unseal(key.sealed, key, secret)).toString())
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const publicKey = createPublicKey(privateKey)
  requireFit(privateKey, alg)
  const halves = [publicMembers(publicKey.export({ format: 'jwk' })), publicMembers(publicJwk)]
  for (const half of halves) if ((await thumbprintOf(half)) !== kid) throw foreign(kid)
  return { privateKey, publicKey }
}

async function openMacKey(key: StoredMacKey, secret: string): Promise<MacKey> {
  return { kid: key.kid, secret: createSecretKey(await unseal(key.sealed, key, secret)) }
}

function foreign(kid: string): KeyFault {
  return new KeyFault('damaged', `the public part that is stored for the key ${kid} is not its own`, kid)
}

function byKid<Key extends { readonly kid: string }>(keys: readonly Key[]): ReadonlyMap<string, Key> {
  return new Map(keys.map((key) => [key.kid, key]))
}
