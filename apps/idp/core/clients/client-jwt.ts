import { compactVerify, decodeProtectedHeader, errors } from 'jose'
import { Unavailable } from '../oauth/error.ts'
import { macAlgs } from './assertion-algs.ts'
import type { Client } from './client.ts'
import { keyObjectOf, mayVerify } from './client-jwks.ts'
import type { FindClientKey } from './client-keys.ts'
import type { SecretSeal } from './sealed-secret.ts'

/** What kind of JWT is expected, and from when it is looked at. */
export type ClientJwtQuestion = {
  /** In words, for the refusal: `client assertion`. */
  readonly what: string
  /** The `typ` headers that it may have: nothing else that is signed may pass for it (RFC 8725 §3.11). */
  readonly types: readonly (string | undefined)[]
  /** The algorithms that this client may sign it with. */
  readonly algs: readonly string[]
  /** Characters. */
  readonly longest: number
  readonly now: Date
}

export type JwtClaims = { readonly [name: string]: unknown }

/** The claims where the signature is right, whatever they say; `why` may be told: it says nothing of a secret. */
export type ClientJwtOutcome =
  | { readonly outcome: 'verified'; readonly claims: JwtClaims }
  | { readonly outcome: 'refused'; readonly why: string }

export type ClientJwtParts = { readonly findKey: FindClientKey; readonly secretSeal: Pick<SecretSeal, 'open'> }

/** Verifies a JWT of a client that is known; see {@link clientJwtVerifier}. */
export type VerifyClientJwt = (jwt: string, client: Client, question: ClientJwtQuestion) => Promise<ClientJwtOutcome>

/**
 * Makes the verifier of what clients sign. The key is one that the client registered, and the algorithm one that this
 * key and the question allow: the header chooses among them and brings nothing (RFC 8725 §3.1, §3.10).
 */
export function clientJwtVerifier(parts: ClientJwtParts): VerifyClientJwt {
  return async (jwt, client, question) => {
    const { what, algs } = question
    const header = readHeader(jwt, question)
    if (!header) return refused(`the ${what} is not a JWT`)
    if (!algs.includes(header.alg)) return refused(`the algorithm of the ${what} is not one of this client`)
    const keys = await keysFor(parts, client, { ...header, now: question.now })
    if (typeof keys === 'string') return refused(keys)
    for (const key of keys) {
      const claims = await verify(jwt, key, header.alg)
      if (claims) return { outcome: 'verified', claims }
    }
    return refused(`the signature of the ${what} is not right`)
  }
}

/** Three parts of base64url without padding or blanks (RFC 7515 §2, §7.1). */
export const compactForm = /^[\w-]+\.[\w-]+\.[\w-]+$/

type Header = { readonly alg: string; readonly kid: string | undefined }

function readHeader(jwt: string, { types, longest }: ClientJwtQuestion): Header | undefined {
  if (jwt.length > longest || !compactForm.test(jwt)) return undefined
  try {
    const { alg, kid, typ, crit, b64 } = decodeProtectedHeader(jwt)
    const isPlain = crit === undefined && b64 === undefined && types.includes(typ)
    if (typeof alg !== 'string' || !isPlain || (kid !== undefined && typeof kid !== 'string')) return undefined
    return { alg, kid }
  } catch {
    return undefined
  }
}

type VerifyingKey = Uint8Array | ReturnType<typeof keyObjectOf>

/** The keys that may have signed: the one that is meant, or each secret that is still valid; or why there is none. */
async function keysFor(
  { findKey, secretSeal }: ClientJwtParts,
  client: Client,
  { alg, kid, now }: Header & { readonly now: Date },
): Promise<readonly VerifyingKey[] | string> {
  const { authentication, id } = client
  if (macAlgs.includes(alg)) {
    if (authentication.method !== 'client_secret_jwt') return 'this client has no secret that a MAC is made with'
    const valid = authentication.secrets.filter(({ expiresAt }) => !expiresAt || expiresAt > now)
    // Sealed under another keys.secret: that is our fault, and no reason to tell an honest client that it is nobody.
    return valid.map(({ sealed }) => {
      const secret = secretSeal.open(id, sealed)
      if (secret === undefined) throw new Unavailable(`the secret of client ${id} cannot be opened by this keys.secret`)
      return Buffer.from(secret)
    })
  }
  const found = await findKey(client, { kid, fits: (key) => mayVerify(key, alg) })
  if (found.outcome === 'found') return [keyObjectOf(found.key)]
  if (found.outcome === 'unreadable') return 'the keys of this client could not be read from its jwks_uri'
  if (found.outcome === 'ambiguous') return 'this client has several keys that fit; name one by kid'
  return 'this client has no such key'
}

async function verify(jwt: string, key: VerifyingKey, alg: string): Promise<JwtClaims | undefined> {
  try {
    const { payload } = await compactVerify(jwt, key, { algorithms: [alg] })
    return parseClaims(payload)
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined
    throw error
  }
}

/** The claims of a JWT, where they are an object of JSON. */
export function parseClaims(bytes: Uint8Array): JwtClaims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function refused(why: string): ClientJwtOutcome {
  return { outcome: 'refused', why }
}
