import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'

/** A public key of a client as it gave it (RFC 7517): public members of kinds that are known, and nothing else. */
export type ClientJwk = {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly [member: string]: string | undefined
}

/** More keys than this nobody needs; each is a place to hide a bad one, and work to look through. */
export const mostKeys = 20

const longestMember = 2048
const publicMembers = ['kty', 'kid', 'use', 'alg', 'n', 'e', 'crv', 'x', 'y'] as const
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const
const curves: { readonly [kty: string]: readonly string[] } = {
  EC: ['P-256', 'P-384', 'P-521'],
  OKP: ['Ed25519', 'X25519'],
}
/** What a key of each curve signs with; RSA keys sign with either padding. */
const algsOfCurve: { readonly [curve: string]: readonly string[] } = {
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  Ed25519: ['EdDSA', 'Ed25519'],
}

/**
 * The keys of a JWKS that is to be registered, with everything but their public members left out; or why they cannot be,
 * in one sentence. All have to be sound: RSA of 2048 bits or more, curves that are known, nothing private or symmetric,
 * no two with one `kid`.
 */
export function readClientJwks(document: unknown): readonly ClientJwk[] | string {
  const keys = keysOf(document)
  if (typeof keys === 'string') return keys
  const read = keys.map(readClientJwk)
  const fault = read.find((one): one is string => typeof one === 'string')
  if (fault) return fault
  const sound = read.filter((one): one is ClientJwk => typeof one !== 'string')
  const kids = sound.map(({ kid }) => kid)
  const repeated = kids.find((kid, at) => kid !== undefined && kids.indexOf(kid) !== at)
  if (repeated !== undefined) return `two keys have the kid ${repeated}`
  return sound.length > 0 ? sound : 'there is no key in it'
}

/** The keys of a client's own document that can be used; those that cannot are passed over (RFC 7517 §5). */
export function usableKeys(document: unknown): readonly ClientJwk[] {
  const keys = keysOf(document)
  if (typeof keys === 'string') return []
  return keys.map(readClientJwk).filter((one): one is ClientJwk => typeof one !== 'string')
}

/** The key itself. Throws for one that was never read by {@link readClientJwks} or {@link usableKeys}. */
export function keyObjectOf(jwk: ClientJwk): KeyObject {
  return createPublicKey({ key: { ...jwk }, format: 'jwk' })
}

/** Whether a key may verify this algorithm: by its kind, and by what its owner says that it is for. */
export function mayVerify({ kty, crv, alg: own, use }: ClientJwk, alg: string): boolean {
  if (use !== undefined && use !== 'sig') return false
  if (own !== undefined && own !== alg) return false
  return kty === 'RSA' ? alg === 'RS256' || alg === 'PS256' : (algsOfCurve[crv ?? ''] ?? []).includes(alg)
}

/** Whether something may be encrypted to a key with this algorithm (RFC 7518 §4.3, §4.6, RFC 8037 §3.2). */
export function mayEncrypt({ kty, crv, alg: own, use }: ClientJwk, alg: string): boolean {
  if (use !== undefined && use !== 'enc') return false
  if (own !== undefined && own !== alg) return false
  return alg.startsWith('RSA') ? kty === 'RSA' : kty === 'EC' || crv === 'X25519'
}

function keysOf(document: unknown): readonly unknown[] | string {
  const keys = typeof document === 'object' && document !== null && 'keys' in document ? document.keys : undefined
  if (!Array.isArray(keys)) return 'it is not a JWKS: an object with a list of keys (RFC 7517 §5)'
  return keys.length > mostKeys ? `it has more than ${mostKeys} keys` : keys
}

function readClientJwk(value: unknown): ClientJwk | string {
  if (typeof value !== 'object' || value === null) return 'a key is not an object'
  const member = (name: string): unknown => (Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined)
  if (privateMembers.some((name) => member(name) !== undefined)) return 'a key is symmetric or has private members'
  const kty = member('kty')
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return 'a key is of a kind that is not known; use RSA, EC or OKP'
  const members: { [name: string]: string } = {}
  for (const name of publicMembers) {
    const text = member(name)
    if (text === undefined) continue
    if (typeof text !== 'string' || text.length > longestMember)
      return `a key has a ${name} that is no text, or too long`
    members[name] = text
  }
  const jwk: ClientJwk = { ...members, kty }
  const fault = faultOfKey(jwk)
  if (fault !== undefined) return fault
  return isCertificateOfAnother(jwk, member('x5c')) ? 'the first certificate in an x5c is of another key' : jwk
}

/**
 * A certificate beside a key has to be of the same key (RFC 7517 §4.7): whoever gives both may then be known by the key
 * alone. One that cannot be read is left out like anything else that is not known.
 */
function isCertificateOfAnother(jwk: ClientJwk, x5c: unknown): boolean {
  const first: unknown = Array.isArray(x5c) ? x5c[0] : undefined
  if (typeof first !== 'string') return false
  try {
    return !new X509Certificate(Buffer.from(first, 'base64')).publicKey.equals(keyObjectOf(jwk))
  } catch {
    return false
  }
}

function faultOfKey(jwk: ClientJwk): string | undefined {
  if (jwk.kty !== 'RSA' && !curves[jwk.kty]?.includes(jwk.crv ?? '')) return 'a key is on a curve that is not taken'
  let key: KeyObject
  try {
    key = keyObjectOf(jwk)
  } catch {
    return 'a key is damaged'
  }
  const { modulusLength = 2048, publicExponent = 65_537n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < 2048) return `an RSA key needs 2048 bits or more, one has ${modulusLength}`
  if (modulusLength > 8192) return 'an RSA key has more than 8192 bits'
  return publicExponent < 65_537n ? 'an RSA key needs a public exponent of 65537 or more' : undefined
}
