import { createPrivateKey, createPublicKey, type KeyObject, sign, verify, type webcrypto } from 'node:crypto'
import { KeyFault } from './key-fault.ts'
import { type NewKey, requireFit, signingKeyFrom } from './new-key.ts'
import { isSigningAlg, type SigningAlg, signingAlgs } from './stored-ring.ts'

/** What an operator brings: a private key as PEM (PKCS #8, PKCS #1 or SEC 1) or as a JWK. */
export type KeyFile = {
  readonly text: string
  /** Needed only to choose PS256 for an RSA key; the others follow from the key. */
  readonly alg?: SigningAlg | undefined
}

/**
 * Reads a private signing key. Refused, each in words and without quoting the file: what is no private key, is
 * encrypted, symmetric, meant for something else, too weak, on another curve, or has parts that do not match.
 */
export async function readKeyFile({ text, alg: asked }: KeyFile): Promise<NewKey & { readonly use: 'sig' }> {
  const { key, alg: named } = text.trimStart().startsWith('{') ? readJwk(text) : { key: readPem(text), alg: undefined }
  if (asked && named && asked !== named) refuseKey(`the JWK is for ${named}, not for ${asked}`)
  const alg = asked ?? named ?? algFor(key)
  requireFit(key, alg)
  requireMatchingParts(key, alg)
  return signingKeyFrom(key, alg)
}

function readPem(text: string): KeyObject {
  if (/ENCRYPTED/.test(text)) refuseKey('the key is encrypted: decrypt it first, for instance with openssl pkey')
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) refuseKey('not a private key: neither PEM nor a JWK')
  return orRefuse(() => createPrivateKey(text), 'not a private key that can be read')
}

function readJwk(text: string): { key: KeyObject; alg: SigningAlg | undefined } {
  const jwk: webcrypto.JsonWebKey & { keys?: unknown } = orRefuse(
    () => JSON.parse(text),
    'not a JWK: the JSON cannot be read',
  )
  if (Array.isArray(jwk.keys)) refuseKey('this is a key set: import one key at a time')
  if (jwk.kty === 'oct') refuseKey('a symmetric key cannot sign tokens that others verify')
  if (typeof jwk.d !== 'string') refuseKey('not a private key: the member d is missing')
  if (jwk.use !== undefined && jwk.use !== 'sig') refuseKey('the JWK is not meant for signing (use)')
  if (jwk.alg !== undefined && !isSigningAlg(jwk.alg)) {
    refuseKey(`the JWK names an algorithm that is none of ${signingAlgs.join(', ')}`)
  }
  return {
    key: orRefuse(() => createPrivateKey({ key: jwk, format: 'jwk' }), 'not a JWK that can be read'),
    alg: jwk.alg,
  }
}

/** The algorithm a key is for where nobody says so; what fits none is refused by {@link requireFit}. */
function algFor(key: KeyObject): SigningAlg {
  if (key.asymmetricKeyType === 'rsa') return 'RS256'
  if (key.asymmetricKeyType === 'ec') return 'ES256'
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  return refuseKey(`a key of type ${key.asymmetricKeyType} cannot sign tokens: RSA, P-256 or Ed25519`)
}

/** A JWK says things twice; with foreign members in it nobody could verify what the key signs. */
function requireMatchingParts(key: KeyObject, alg: SigningAlg): void {
  const hash = alg === 'EdDSA' ? null : 'sha256'
  const probe = Buffer.from('signet')
  const matches = orRefuse(() => verify(hash, probe, createPublicKey(key), sign(hash, probe, key)), mismatch)
  if (!matches) refuseKey(mismatch)
}

const mismatch = 'the parts of the key do not belong together'

function orRefuse<Result>(attempt: () => Result, why: string): Result {
  try {
    return attempt()
  } catch {
    return refuseKey(why)
  }
}

function refuseKey(why: string): never {
  throw new KeyFault('refused_key', why)
}
