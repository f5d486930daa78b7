import { KeyFault } from '#core/keys/key-fault.ts'
import { decryptionAlgs, type PublicJwk, type StoredKey, type StoredRing, signingAlgs } from '#core/keys/stored-ring.ts'

/** A key as `ring.json` has it: public, with the name of the file that holds its sealed private part. */
export type FiledKey = { readonly file: string; withSealed(sealed: string): StoredKey }

/** What `ring.json` says. */
export type RingFile = { readonly version: number; readonly keys: readonly FiledKey[] }

/** Only such names are opened: a `ring.json` that someone else wrote cannot point elsewhere. */
const fileName = /^[\w-]+(\.1)?\.jwe$/

/** Writes `ring.json`, for people to read too. `fileOf` says where a key's private part lies. */
export function writeRingFile(ring: StoredRing, fileOf: (key: StoredKey) => string): string {
  const keys = ring.keys.map((key) => {
    const { sealed, ...shown } = key
    return { ...shown, file: fileOf(key) }
  })
  return `${JSON.stringify({ version: ring.version, keys }, undefined, 2)}\n`
}

/** Reads `ring.json`, or throws a {@link KeyFault} that names the file and what is wrong in it. */
export function readRingFile(text: string, path: string): RingFile {
  const damaged = (what: string): never => {
    throw new KeyFault('damaged', `${path} is damaged: ${what}; restore the keys directory from a backup`)
  }
  const { version, keys } = readObject(parse(text, damaged), 'the whole', damaged)
  if (typeof version !== 'number' || !Number.isSafeInteger(version)) return damaged('version is no whole number')
  if (!Array.isArray(keys)) return damaged('keys is no list')
  return { version, keys: keys.map((key, at) => readKey(key, (what) => damaged(`keys[${at}]: ${what}`))) }
}

type Damaged = (what: string) => never
type Members = { readonly [name: string]: unknown }

function readKey(value: unknown, damaged: Damaged): FiledKey {
  const key = readObject(value, 'it', damaged)
  const file = readText(key, 'file', damaged)
  if (!fileName.test(file)) damaged('file is no name of a sealed key')
  if (typeof key.tokenLife !== 'number') damaged('tokenLife is no number')
  const base = {
    kid: readText(key, 'kid', damaged),
    createdAt: readDate(key, 'createdAt', damaged),
    signsFrom: readDate(key, 'signsFrom', damaged),
    tokenLife: Number(key.tokenLife),
  }
  if (key.use === 'mac' && key.alg === 'HS256') {
    return { file, withSealed: (sealed) => ({ ...base, sealed, use: 'mac', alg: 'HS256' }) }
  }
  const signs = signingAlgs.find((known) => key.use === 'sig' && known === key.alg)
  const decrypts = decryptionAlgs.find((known) => key.use === 'enc' && known === key.alg)
  const publicJwk = readPublicJwk(key.publicJwk, damaged)
  const compromisedAt = key.compromisedAt === undefined ? undefined : readDate(key, 'compromisedAt', damaged)
  const pair = { ...base, publicJwk, compromisedAt }
  if (signs) return { file, withSealed: (sealed) => ({ ...pair, sealed, use: 'sig', alg: signs }) }
  if (decrypts) return { file, withSealed: (sealed) => ({ ...pair, sealed, use: 'enc', alg: decrypts }) }
  return damaged('use and alg are none that are known')
}

function readPublicJwk(value: unknown, damaged: Damaged): PublicJwk {
  const jwk = readObject(value, 'publicJwk', damaged)
  const members = Object.keys(jwk).map((name) => [name, readText(jwk, name, damaged)])
  return { kty: readText(jwk, 'kty', damaged), ...Object.fromEntries(members) }
}

function readObject(value: unknown, what: string, damaged: Damaged): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return damaged(`${what} is no object`)
  return { ...value }
}

function readText(members: Members, name: string, damaged: Damaged): string {
  const value = members[name]
  return typeof value === 'string' && value !== '' ? value : damaged(`${name} is no text`)
}

function readDate(members: Members, name: string, damaged: Damaged): Date {
  const date = new Date(readText(members, name, damaged))
  return Number.isNaN(date.getTime()) ? damaged(`${name} is no date`) : date
}

/** A parser's message quotes what it read: it is not passed on. */
function parse(text: string, damaged: Damaged): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return damaged('it is no JSON')
  }
}
