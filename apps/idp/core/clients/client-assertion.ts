import { later, toSeconds } from '../clock.ts'
import { algsOfMethod } from './assertion-algs.ts'
import type { Client } from './client.ts'
import { compactForm, type JwtClaims, parseClaims, type VerifyClientJwt } from './client-jwt.ts'

/** The value of `client_assertion_type` (RFC 7523 §2.2). */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** How far a client's clock may be from ours, and how far ahead its assertion may expire, in seconds. */
const skew = 30
const longestLife = 300
/** Characters; no assertion is longer. */
const longest = 8192
/** Nothing else that is signed has these types: an assertion is taken for nothing else, and nothing for an assertion. */
const types: readonly (string | undefined)[] = [undefined, 'JWT', 'jwt', 'client-authentication+jwt']

/** `proved`: it is the client's, and now it is to be used up. `why` may be told: it says nothing of a secret. */
export type AssertionOutcome =
  | { readonly outcome: 'proved'; readonly jti: string; readonly until: Date }
  | { readonly outcome: 'refused'; readonly why: string }

export type AssertionParts = {
  readonly verifyClientJwt: VerifyClientJwt
  /** What `aud` may be: the issuer, or the token endpoint; one of them, alone. */
  readonly audiences: readonly string[]
}

/** Verifies an assertion of a client that is known; see {@link assertionVerifier}. */
export type VerifyAssertion = (assertion: string, client: Client, now: Date) => Promise<AssertionOutcome>

/**
 * Makes the verifier of client assertions (RFC 7523 §3, OpenID Connect Core §9): signed by the client with an algorithm
 * that its method and its own metadata allow. What it proves is not used up yet: claim its `jti` until `until`.
 */
export function assertionVerifier({ verifyClientJwt, audiences }: AssertionParts): VerifyAssertion {
  return async (assertion, client, now) => {
    const { authentication, tokenEndpointAuthSigningAlg: pinned } = client
    const algs = algsOfMethod(authentication.method).filter((alg) => pinned === undefined || pinned === alg)
    const question = { what: 'client assertion', types, algs, longest, now }
    const verified = await verifyClientJwt(assertion, client, question)
    return verified.outcome === 'verified' ? judge(verified.claims, client, { now, audiences }) : verified
  }
}

/** Who an assertion says it is from, unverified: for finding the client, whose keys then decide. */
export function issuerOfAssertion(assertion: string): string | undefined {
  const isJwt = assertion.length <= longest && compactForm.test(assertion)
  const payload = isJwt ? parseClaims(Buffer.from(assertion.split('.')[1] ?? '', 'base64url')) : undefined
  const { iss, sub } = payload ?? {}
  return typeof iss === 'string' && iss !== '' && iss === sub ? iss : undefined
}

type Judging = { readonly now: Date; readonly audiences: readonly string[] }

function judge(claims: JwtClaims, client: Client, { now, audiences }: Judging): AssertionOutcome {
  const { iss, sub, aud, jti, exp } = claims
  if (iss !== client.id || sub !== client.id) return refused('iss and sub of the client assertion are not the client')
  const [audience, ...others] = typeof aud === 'string' ? [aud] : Array.isArray(aud) ? aud : []
  if (others.length > 0 || audience === undefined || !audiences.includes(audience)) {
    return refused('aud of the client assertion is not the issuer alone')
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > 512) return refused('the client assertion has no jti')
  const fault = faultOfTimes(claims, toSeconds(now))
  if (fault !== undefined || typeof exp !== 'number') return refused(fault ?? noExpiry)
  // Until the very moment from which its age alone refuses it: no gap in which it could come again.
  return { outcome: 'proved', jti, until: later(new Date(exp * 1000), skew + 1) }
}

const noExpiry = 'the client assertion has no exp'

function faultOfTimes({ exp, iat, nbf }: JwtClaims, now: number): string | undefined {
  if (typeof exp !== 'number') return noExpiry
  if (exp + skew <= now) return 'the client assertion has expired'
  if (exp > now + longestLife + skew) return `the client assertion lives longer than ${longestLife} seconds`
  for (const time of [iat, nbf]) {
    if (time === undefined) continue
    if (typeof time !== 'number' || time > now + skew) return 'the client assertion is of the future'
    if (time > exp) return 'the client assertion ended before it began'
  }
  return undefined
}

function refused(why: string): AssertionOutcome {
  return { outcome: 'refused', why }
}
