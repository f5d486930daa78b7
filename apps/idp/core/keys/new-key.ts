import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint } from 'jose'
import { random } from '../oauth/random.ts'
import { publicMembers } from './jwks.ts'
import { KeyFault } from './key-fault.ts'
import { type DecryptionAlg, decryptionAlgs, type PublicJwk, type SigningAlg } from './stored-ring.ts'
import type { KeyAlg } from './succession.ts'

type NewPair = { readonly kid: string; readonly publicJwk: PublicJwk; readonly privatePart: Uint8Array }

/** A key before it is sealed and has its place in the ring. */
export type NewKey =
  | (NewPair & { readonly use: 'sig'; readonly alg: SigningAlg })
  | (NewPair & { readonly use: 'enc'; readonly alg: DecryptionAlg })
  | { readonly use: 'mac'; readonly kid: string; readonly alg: 'HS256'; readonly privatePart: Uint8Array }

const generate = promisify(generateKeyPair)

/** Makes a key: RSA 2048, P-256, Ed25519, or 32 random bytes for MACs. Never blocks the event loop for RSA. */
export async function makeKey(alg: KeyAlg): Promise<NewKey> {
  if (alg === 'HS256') {
    return { use: 'mac', kid: random('mac_', 9), alg, privatePart: randomBytes(32) }
  }
  const pair = await pairFrom(await makePrivateKey(alg))
  const key: NewKey = isDecryptionAlg(alg) ? { ...pair, use: 'enc', alg } : { ...pair, use: 'sig', alg }
  // A kid that begins with a dash would look like an option on a command line.
  return key.kid.startsWith('-') ? makeKey(alg) : key
}

/** A private key as a new signing key of the ring. */
export async function signingKeyFrom(
  privateKey: KeyObject,
  alg: SigningAlg,
): Promise<NewKey & { readonly use: 'sig' }> {
  return { ...(await pairFrom(privateKey)), use: 'sig', alg }
}

/** Both halves of a key; its `kid` is its RFC 7638 thumbprint. */
async function pairFrom(privateKey: KeyObject): Promise<NewPair> {
  const jwk = privateKey.export({ format: 'jwk' })
  const publicJwk = publicMembers(jwk)
  const kid = await thumbprintOf(publicJwk)
  return { kid, publicJwk, privatePart: Buffer.from(JSON.stringify(jwk)) }
}

function isDecryptionAlg(alg: string): alg is DecryptionAlg {
  return decryptionAlgs.some((known) => known === alg)
}

/** RFC 7638: the name of a key that anyone can compute from its public part. */
export async function thumbprintOf(publicJwk: PublicJwk): Promise<string> {
  return calculateJwkThumbprint({ ...publicJwk }, 'sha256')
}

/** Refuses a key that the algorithm cannot use safely: RFC 7518 §3.3, §3.4, §4.2 and §4.6, RFC 8037 §3.1. */
export function requireFit(key: KeyObject, alg: SigningAlg | DecryptionAlg): void {
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {}
  const type = key.asymmetricKeyType
  const isOnP256 = type === 'ec' && namedCurve === 'prime256v1'
  if ((alg === 'ES256' || alg === 'ECDH-ES') && !isOnP256) unfit(`${alg} needs an EC key on P-256`)
  if (alg === 'EdDSA' && type !== 'ed25519') unfit('EdDSA needs an Ed25519 key')
  if (alg !== 'RS256' && alg !== 'PS256' && alg !== 'RSA-OAEP-256') return
  if (type !== 'rsa') unfit(`${alg} needs an RSA key`)
  if (modulusLength < 2048) unfit(`an RSA key needs 2048 bits or more, this one has ${modulusLength}`)
  if (publicExponent < 65_537n) unfit('an RSA key needs a public exponent of 65537 or more')
}

async function makePrivateKey(alg: SigningAlg | DecryptionAlg): Promise<KeyObject> {
  if (alg === 'ES256' || alg === 'ECDH-ES') return (await generate('ec', { namedCurve: 'P-256' })).privateKey
  if (alg === 'EdDSA') return (await generate('ed25519')).privateKey
  return (await generate('rsa', { modulusLength: 2048 })).privateKey
}

function unfit(why: string): never {
  throw new KeyFault('refused_key', why)
}
