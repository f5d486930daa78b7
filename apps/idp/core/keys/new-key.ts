import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint } from 'jose'
import { random } from '../oauth/random.ts'
import { publicMembers } from './jwks.ts'
import { KeyFault } from './key-fault.ts'
import type { PublicJwk, SigningAlg } from './stored-ring.ts'
import type { KeyAlg } from './succession.ts'

/** A key before it is sealed and has its place in the ring. */
export type NewKey =
  | {
      readonly use: 'sig'
      readonly kid: string
      readonly alg: SigningAlg
      readonly publicJwk: PublicJwk
      readonly privatePart: Uint8Array
    }
  | { readonly use: 'mac'; readonly kid: string; readonly alg: 'HS256'; readonly privatePart: Uint8Array }

const generate = promisify(generateKeyPair)

/** Makes a key: RSA 2048, P-256, Ed25519, or 32 random bytes for MACs. Never blocks the event loop for RSA. */
export async function makeKey(alg: KeyAlg): Promise<NewKey> {
  if (alg === 'HS256') {
    return { use: 'mac', kid: random('mac_', 9), alg, privatePart: randomBytes(32) }
  }
  const key = await signingKeyFrom(await makePrivateKey(alg), alg)
  // A kid that begins with a dash would look like an option on a command line.
  return key.kid.startsWith('-') ? makeKey(alg) : key
}

/** A private key as a new key of the ring; its `kid` is its RFC 7638 thumbprint. */
export async function signingKeyFrom(
  privateKey: KeyObject,
  alg: SigningAlg,
): Promise<NewKey & { readonly use: 'sig' }> {
  const jwk = privateKey.export({ format: 'jwk' })
  const publicJwk = publicMembers(jwk)
  const kid = await thumbprintOf(publicJwk)
  return { use: 'sig', kid, alg, publicJwk, privatePart: Buffer.from(JSON.stringify(jwk)) }
}

/** RFC 7638: the name of a key that anyone can compute from its public part. */
export async function thumbprintOf(publicJwk: PublicJwk): Promise<string> {
  return calculateJwkThumbprint({ ...publicJwk }, 'sha256')
}

/** Refuses a key that the algorithm cannot use safely: RFC 7518 §3.3 and §3.4, RFC 8037 §3.1. */
export function requireFit(key: KeyObject, alg: SigningAlg): void {
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {}
  const type = key.asymmetricKeyType
  if (alg === 'ES256' && !(type === 'ec' && namedCurve === 'prime256v1')) unfit('ES256 needs an EC key on P-256')
  if (alg === 'EdDSA' && type !== 'ed25519') unfit('EdDSA needs an Ed25519 key')
  if (alg !== 'RS256' && alg !== 'PS256') return
  if (type !== 'rsa') unfit(`${alg} needs an RSA key`)
  if (modulusLength < 2048) unfit(`an RSA key needs 2048 bits or more, this one has ${modulusLength}`)
  if (publicExponent < 65_537n) unfit('an RSA key needs a public exponent of 65537 or more')
}

async function makePrivateKey(alg: SigningAlg): Promise<KeyObject> {
  if (alg === 'ES256') return (await generate('ec', { namedCurve: 'P-256' })).privateKey
  if (alg === 'EdDSA') return (await generate('ed25519')).privateKey
  return (await generate('rsa', { modulusLength: 2048 })).privateKey
}

function unfit(why: string): never {
  throw new KeyFault('refused_key', why)
}
